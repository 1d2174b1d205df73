"""Second factors: set up, taken away, and proven."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from events.event import Event

Factor = Literal["totp", "recovery_code", "passkey"]
StepUpFactor = Literal["password", "totp", "recovery_code", "passkey", "mailed_code"]


@dataclass(frozen=True, kw_only=True)
class TotpConfirmed(Event, webhook="user.factors_changed"):
    """Logins ask for an authenticator app's code from now on; `closed` counts the other sessions."""

    user_id: UUID
    session_id: UUID
    closed: int


@dataclass(frozen=True, kw_only=True)
class TotpRemoved(Event, webhook="user.factors_changed"):
    """They do not any more."""

    user_id: UUID
    session_id: UUID
    closed: int


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesCreated(Event, webhook="user.factors_changed"):
    """In place of those before."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class RecoveryCodeUsed(Event, level="warning"):
    """So many are left."""

    user_id: UUID
    left: int


@dataclass(frozen=True, kw_only=True)
class FactorsRemoved(Event, level="warning", webhook="user.factors_changed"):
    """Not by somebody who is signed in: how many were taken away."""

    user_id: UUID
    reason: Literal["email_change_undone", "operator", "administrator"]
    apps: int
    passkeys: int
    recovery_codes: int
    by_user_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class SecondFactorAsked(Event):
    """The first one was right; a ticket is out."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class SecondFactorFailed(Event, failure=True, counted_by="factor"):
    """A code was wrong, or used before."""

    user_id: UUID
    factor: Factor


@dataclass(frozen=True, kw_only=True)
class SecondFactorGuessed(Event, level="warning"):
    """So many failures in a row: the owner is told that somebody knows the password."""

    user_id: UUID
    failures: int


@dataclass(frozen=True, kw_only=True)
class SteppedUp(Event):
    """A session has proven who is there."""

    user_id: UUID
    session_id: UUID
    factor: StepUpFactor


@dataclass(frozen=True, kw_only=True)
class DevicesForgotten(Event):
    """No device spares the second factor any more; so many had."""

    user_id: UUID
    session_id: UUID
    count: int
