"""Letters on their way; which one, the worker has bound to each line."""

from dataclasses import dataclass

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class LetterDelivered(Event, audited=False):
    """The mail server has taken it."""


@dataclass(frozen=True, kw_only=True)
class LetterDelayed(Event, audited=False, level="warning"):
    """It has not, and is asked again in `seconds`; `where` names the lines of a failure of ours."""

    error: str
    seconds: int
    where: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LetterDropped(Event, audited=False):
    """Strangers can ask for it, and one that says the same went to this recipient a moment ago."""


@dataclass(frozen=True, kw_only=True)
class LetterDied(Event, audited=False, level="error"):
    """It never will."""

    error: str
