"""What can happen, and the one call that records it."""

from events.emails import EmailChanged, EmailChangeLinkSent, EmailChangeRefused, EmailChangeRequested, EmailChangeUndone
from events.event import Event
from events.factors import (
    DevicesForgotten,
    Factor,
    RecoveryCodesCreated,
    RecoveryCodeUsed,
    SecondFactorAsked,
    SecondFactorFailed,
    SecondFactorGuessed,
    SteppedUp,
    StepUpFactor,
    TotpConfirmed,
    TotpRemoved,
)
from events.housekeeping import Swept
from events.letters import LetterDelayed, LetterDelivered, LetterDied, LetterDropped
from events.passkeys import PasskeyAdded, PasskeyCloned, PasskeyRemoved, PasskeyRenamed
from events.passwords import (
    BreachCheckFailed,
    PasswordChanged,
    PasswordCheckFailed,
    PasswordReset,
    PasswordResetLinkWritten,
    PasswordResetRequested,
)
from events.profile import AccountDeleted, DataExported, ProfileUpdated
from events.record import counts, forget, record
from events.registration import (
    ConfirmationLinkWritten,
    ConfirmationRequested,
    EmailConfirmed,
    Registered,
    RegisteredAgain,
    RegistrationRemoved,
)
from events.rows import Origin
from events.sessions import (
    FailureReason,
    LoggedIn,
    LoggedOut,
    LoginFailed,
    Part,
    Refreshed,
    RefreshTokenRaced,
    RefreshTokenReused,
    SessionClosed,
    SessionsClosed,
)

__all__ = [
    "AccountDeleted",
    "BreachCheckFailed",
    "ConfirmationLinkWritten",
    "ConfirmationRequested",
    "DataExported",
    "DevicesForgotten",
    "EmailChangeLinkSent",
    "EmailChangeRefused",
    "EmailChangeRequested",
    "EmailChangeUndone",
    "EmailChanged",
    "EmailConfirmed",
    "Event",
    "Factor",
    "FailureReason",
    "LetterDelayed",
    "LetterDelivered",
    "LetterDied",
    "LetterDropped",
    "LoggedIn",
    "LoggedOut",
    "LoginFailed",
    "Origin",
    "Part",
    "PasskeyAdded",
    "PasskeyCloned",
    "PasskeyRemoved",
    "PasskeyRenamed",
    "PasswordChanged",
    "PasswordCheckFailed",
    "PasswordReset",
    "PasswordResetLinkWritten",
    "PasswordResetRequested",
    "ProfileUpdated",
    "RecoveryCodeUsed",
    "RecoveryCodesCreated",
    "RefreshTokenRaced",
    "RefreshTokenReused",
    "Refreshed",
    "Registered",
    "RegisteredAgain",
    "RegistrationRemoved",
    "SecondFactorAsked",
    "SecondFactorFailed",
    "SecondFactorGuessed",
    "SessionClosed",
    "SessionsClosed",
    "StepUpFactor",
    "SteppedUp",
    "Swept",
    "TotpConfirmed",
    "TotpRemoved",
    "counts",
    "forget",
    "record",
]
