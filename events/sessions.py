"""Logging in, staying logged in, and logging out."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from events.event import Event

FailureReason = Literal[
    "unknown_address",
    "wrong_password",
    "wrong_code",
    "unknown_passkey",
    "wrong_passkey",
    "email_not_confirmed",
    "account_changed",
    "account_disabled",
    "identity_not_linked",
]
Part = Literal["user_agent", "address_block"]  # of a client


@dataclass(frozen=True, kw_only=True)
class LoggedIn(Event, webhook="session.opened"):
    """A session was opened."""

    user_id: UUID
    session_id: UUID
    known_device: bool


@dataclass(frozen=True, kw_only=True)
class LoginFailed(Event, failure=True, counted_by="reason"):
    """It was not; `user_id` is None for an unknown address."""

    user_id: UUID | None
    reason: FailureReason


@dataclass(frozen=True, kw_only=True)
class Refreshed(Event, audited=False):
    """A refresh token was traded for the next."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefreshTokenRaced(Event, level="warning"):
    """Within the grace one came again from another client than the session had moved on for, in one of its parts."""

    user_id: UUID
    session_id: UUID
    differing: Part


@dataclass(frozen=True, kw_only=True)
class RefreshTokenReused(Event, level="warning"):
    """A used one came again; the session is closed."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class LoggedOut(Event):
    """A session was closed by its own client."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class SessionClosed(Event):
    """A session was closed from another one, or by an operator."""

    user_id: UUID
    session_id: UUID
    by_session_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class SessionsClosed(Event):
    """All sessions but this one were closed."""

    user_id: UUID
    session_id: UUID
    closed: int
