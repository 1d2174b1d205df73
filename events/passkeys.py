"""Passkeys: added, renamed, taken away, and perhaps copied."""

from dataclasses import dataclass
from uuid import UUID

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class PasskeyAdded(Event, webhook="user.factors_changed"):
    """It can log in from now on; as a `second_factor` it is asked for after the password."""

    user_id: UUID
    session_id: UUID
    passkey_id: UUID
    second_factor: bool
    closed: int


@dataclass(frozen=True, kw_only=True)
class PasskeyRenamed(Event):
    """It has another name."""

    user_id: UUID
    session_id: UUID
    passkey_id: UUID


@dataclass(frozen=True, kw_only=True)
class PasskeyRemoved(Event, webhook="user.factors_changed"):
    """It opens nothing any more."""

    user_id: UUID
    session_id: UUID
    passkey_id: UUID
    closed: int


@dataclass(frozen=True, kw_only=True)
class PasskeyCloned(Event, level="warning"):
    """A right signature whose count is not beyond the one before: there may be a copy of the key."""

    user_id: UUID
    passkey_id: UUID
