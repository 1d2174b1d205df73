"""Roles: written, deleted, granted and revoked."""

from dataclasses import dataclass
from uuid import UUID

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class RoleWritten(Event):
    """A role is there, or is another one now, and lets whoever has it do this."""

    role: str
    permissions: list[str]
    by_user_id: UUID


@dataclass(frozen=True, kw_only=True)
class RoleDeleted(Event):
    """A role is gone; so many accounts had it."""

    role: str
    revoked: int
    by_user_id: UUID


@dataclass(frozen=True, kw_only=True)
class RoleGranted(Event, level="warning", webhook="user.roles_changed"):
    """An account has a role; `by_user_id` is None where that was done at the machine's own prompt."""

    user_id: UUID
    role: str
    by_user_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class RoleRevoked(Event, webhook="user.roles_changed"):
    """It has it no more; likewise."""

    user_id: UUID
    role: str
    by_user_id: UUID | None = None
