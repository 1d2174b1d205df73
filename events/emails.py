"""The address of an account on its way to another one, and back."""

from dataclasses import dataclass
from uuid import UUID

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class EmailChangeRequested(Event):
    """Letters to both addresses are on their way."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class EmailChangeLinkSent(Event, audited=False):
    """The new address gets a link; it has no account."""

    user_id: UUID
    session_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class EmailChanged(Event, webhook="user.email_changed"):
    """The account has the new address."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class EmailChangeRefused(Event):
    """Somebody else has confirmed the new address meanwhile."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class EmailChangeUndone(Event, level="warning", webhook="user.email_changed"):
    """From the old address; every session is closed."""

    user_id: UUID
