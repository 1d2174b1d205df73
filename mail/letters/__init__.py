"""The letters people get: a dataclass and, where it is written, a folder of templates each."""

from mail.letters.codes import LoginCode, RequestLoginCode, RequestLoginCodeHere, StepUpCode
from mail.letters.emails import AddressTaken, ChangeEmail, EmailChangeNotice, EmailChangeUndone, RequestEmailChange
from mail.letters.factors import (
    FactorsRemoved,
    PasskeyAdded,
    PasskeyRemoved,
    RecoveryCodesCreated,
    RecoveryCodeUsed,
    SecondFactorGuessed,
    TotpConfirmed,
    TotpRemoved,
)
from mail.letters.identities import AccountOpened, IdentityLinked, IdentityUnlinked
from mail.letters.letter import KINDS, Deferred, Letter, Pace, Posting, reader
from mail.letters.passwords import (
    ChoosePassword,
    NewPasswordNeeded,
    PasswordChanged,
    PasswordSet,
    RequestPasswordReset,
    ResetPassword,
)
from mail.letters.profile import AccountDeleted, AccountDisabled
from mail.letters.registration import (
    AlreadyRegistered,
    ConfirmEmail,
    RegisterAgain,
    RegisteredTwice,
    ResendConfirmation,
)
from mail.letters.sessions import SessionClosed
from mail.letters.webhooks import WebhookDisabled

__all__ = [
    "KINDS",
    "AccountDeleted",
    "AccountDisabled",
    "AccountOpened",
    "AddressTaken",
    "AlreadyRegistered",
    "ChangeEmail",
    "ChoosePassword",
    "ConfirmEmail",
    "Deferred",
    "EmailChangeNotice",
    "EmailChangeUndone",
    "FactorsRemoved",
    "IdentityLinked",
    "IdentityUnlinked",
    "Letter",
    "LoginCode",
    "NewPasswordNeeded",
    "Pace",
    "PasskeyAdded",
    "PasskeyRemoved",
    "PasswordChanged",
    "PasswordSet",
    "Posting",
    "RecoveryCodeUsed",
    "RecoveryCodesCreated",
    "RegisterAgain",
    "RegisteredTwice",
    "RequestEmailChange",
    "RequestLoginCode",
    "RequestLoginCodeHere",
    "RequestPasswordReset",
    "ResendConfirmation",
    "ResetPassword",
    "SecondFactorGuessed",
    "SessionClosed",
    "StepUpCode",
    "TotpConfirmed",
    "TotpRemoved",
    "WebhookDisabled",
    "reader",
]
