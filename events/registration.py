"""From a registration to a confirmed address."""

from dataclasses import dataclass
from uuid import UUID

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class Registered(Event, webhook="user.registered"):
    """A new account is written, not confirmed yet."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountsImported(Event):
    """So many accounts came from another system, in one go of many."""

    count: int


@dataclass(frozen=True, kw_only=True)
class RegisteredAgain(Event):
    """Somebody has registered an address that has an account."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class ConfirmationRequested(Event, audited=False):
    """Somebody has asked for a new confirmation link: with an old one, or by address, where nobody knows yet whose."""

    letter_id: UUID
    user_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ConfirmationLinkWritten(Event, audited=False):
    """There was an account that waits for it."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class EmailConfirmed(Event, webhook="user.confirmed"):
    """The address is confirmed; `by_user_id` is who has done that without the link."""

    user_id: UUID
    by_user_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class RegistrationRemoved(Event):
    """An account that nobody had confirmed made way for another one's change to its address."""

    user_id: UUID
    by_user_id: UUID
