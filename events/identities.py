"""Other services that people come by."""

from dataclasses import dataclass
from uuid import UUID

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class ProviderFailed(Event, audited=False, level="warning"):
    """A service did not answer, named an error, or what it said was not believed: nobody was sent on."""

    provider: str
    error: str


@dataclass(frozen=True, kw_only=True)
class IdentityLinked(Event, webhook="user.identity_linked"):
    """An account of a service opens the account from now on; `session_id` is None where it has come with it.

    `closed` counts the other sessions.
    """

    user_id: UUID
    provider: str
    session_id: UUID | None = None
    closed: int = 0


@dataclass(frozen=True, kw_only=True)
class IdentityUnlinked(Event, webhook="user.identity_unlinked"):
    """It does not any more; `closed` counts the other sessions."""

    user_id: UUID
    session_id: UUID
    provider: str
    closed: int
