"""What happens to the keys that sign access tokens, where the database holds them."""

from dataclasses import dataclass

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class SigningKeyAdded(Event):
    """There is a new key, which signs in so many seconds."""

    kid: str
    signs_in_seconds: int


@dataclass(frozen=True, kw_only=True)
class SigningKeyRemoved(Event):
    """Every token that a key has signed is over, and so is the key."""

    kid: str


@dataclass(frozen=True, kw_only=True)
class SigningKeysReplaced(Event, level="warning"):
    """A new key signs at once, and so many others are worth nothing any more."""

    kid: str
    removed: int


@dataclass(frozen=True, kw_only=True)
class SigningKeysImported(Event):
    """So many keys of a file are in the database now."""

    count: int


@dataclass(frozen=True, kw_only=True)
class SigningKeysExported(Event, level="warning"):
    """So many keys were written into a file, where whoever reads it can sign."""

    count: int
