"""What people do with their account as a whole."""

from dataclasses import dataclass
from uuid import UUID

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class ProfileUpdated(Event, webhook="user.updated"):
    """Name or language were changed."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class DataExported(Event):
    """Somebody has asked for all that is held about them."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountDeleted(Event, webhook="user.deleted"):
    """The account is gone."""

    user_id: UUID
