"""What those who look after accounts do to other people's."""

from dataclasses import dataclass
from uuid import UUID

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class AccountDisabled(Event, level="warning", webhook="user.disabled"):
    """Nobody can use the account any more; `closed` counts the sessions."""

    user_id: UUID
    closed: int
    by_user_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class AccountEnabled(Event, webhook="user.enabled"):
    """Its owner can use it again."""

    user_id: UUID
    by_user_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class AllSessionsClosed(Event):
    """Every session of an account was closed by somebody else."""

    user_id: UUID
    closed: int
    by_user_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class LetterRetried(Event):
    """Somebody else has had a letter that waited tried again; `user_id` is whose it is, where that is known."""

    letter_id: UUID
    user_id: UUID | None = None
    by_user_id: UUID


@dataclass(frozen=True, kw_only=True)
class PasswordResetSent(Event):
    """Somebody else has had a link to a new password sent to an account's owner."""

    user_id: UUID
    letter_id: UUID
    by_user_id: UUID
