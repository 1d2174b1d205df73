"""What an event is."""

import re
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal
from uuid import UUID

import metrics

Level = Literal["info", "warning", "error"]
WORD_BEGINS = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that has happened: a dataclass each, whose fields are what is told of it.

    Its `name` is that of its class, as docs/security-log.md has it: `PasswordChanged` is told as `password_changed`.
    What is `audited` is also kept as a row, a `failure` as one a minute with a count. `webhook` is its name outside,
    None where that is told nothing; `counted_by` names the field whose values are counted apart.
    """

    name: ClassVar[str]
    level: ClassVar[Level]
    audited: ClassVar[bool]
    failure: ClassVar[bool]
    webhook: ClassVar[str | None]
    counted_by: ClassVar[str | None]

    def __init_subclass__(
        cls,
        *,
        level: Level = "info",
        audited: bool = True,
        failure: bool = False,
        webhook: str | None = None,
        counted_by: str | None = None,
    ) -> None:
        """What holds for every event of a class."""
        cls.name = WORD_BEGINS.sub("_", cls.__name__).lower()
        cls.level, cls.audited, cls.failure = level, audited and not failure, failure
        cls.webhook, cls.counted_by = webhook, counted_by
        if not counted_by:
            metrics.events.expect(cls.name, "")

    def facts(self) -> dict[str, Any]:
        """What is told of it, in JSON's types; not what is left at its default."""
        facts = {field.name: getattr(self, field.name) for field in fields(self)}
        return {field.name: _in_json(facts[field.name]) for field in fields(self) if facts[field.name] != field.default}


def _in_json(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value
