"""Passwords: asked again, changed, and chosen anew."""

from dataclasses import dataclass
from uuid import UUID

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class PasswordCheckFailed(Event, failure=True):
    """What asks for the password again got a wrong one."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class BreachCheckFailed(Event, audited=False, level="warning"):
    """The service of BREACHED_PASSWORDS has not said whether a password is known: it was accepted."""

    error: str


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event, webhook="user.password_changed"):
    """By somebody who is signed in; `closed` counts the other sessions."""

    user_id: UUID
    session_id: UUID
    closed: int


@dataclass(frozen=True, kw_only=True)
class PasswordSet(Event, webhook="user.password_changed"):
    """The account had none; `closed` counts the other sessions."""

    user_id: UUID
    session_id: UUID
    closed: int


@dataclass(frozen=True, kw_only=True)
class PasswordResetRequested(Event, audited=False):
    """Somebody has asked for a link to choose a new one; whose account that is nobody knows yet."""

    letter_id: UUID


@dataclass(frozen=True, kw_only=True)
class PasswordResetLinkWritten(Event, audited=False):
    """There was an account for it."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class PasswordReset(Event, webhook="user.password_changed"):
    """By the link; every session is closed."""

    user_id: UUID
