"""The refusals: facts that keep an operation from doing what it was asked.

Refusal
├── InvalidInput          one or more inputs are not acceptable
├── InvalidCredentials    unknown address or wrong password
├── StepUpNeeded          what matters asks who is there
├── InvalidProof          a wrong code, or one that was used before
├── AccountDisabled       who looks after accounts has closed this one
├── EmailNotConfirmed     the password is that of a registration that waits
├── InvalidToken          not ours, used for something else, or revoked
├── ExpiredToken          was ours, its time is over
├── NotFound              nothing of that id, or not the asker's
├── NotAllowed            an account that may do more than the asker, or the asker's own
├── TooManyAttempts       come back after `retry_after` seconds
├── Unauthenticated       no valid access token came with the request
├── Forbidden             a page of an origin that is not listed, or somebody who lacks a permission
└── Unavailable           the server cannot do it now; come back after `retry_after` seconds

None of them has words: `edge.messages` finds them in the language of whoever asked.
"""

from dataclasses import dataclass
from enum import StrEnum

from tortoise.exceptions import DBConnectionError

DATABASE_AWAY_SECONDS = 5


class Refusal(Exception):  # noqa: N818 - named for the fact, not for the mechanism
    """Why an operation did not do what it was asked: the key of a text, and what that is filled in with."""

    key: str

    def __init__(self, key: str | None = None, **parameters: object) -> None:
        self.key = key or self.key
        self.parameters = parameters
        super().__init__(self.key, *parameters.values())  # for the log


class InputErrorCode(StrEnum):
    """What is wrong with an input, for programs."""

    REQUIRED = "REQUIRED"
    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    INVALID = "INVALID"
    TOO_EASY_TO_GUESS = "TOO_EASY_TO_GUESS"
    BREACHED = "BREACHED"
    UNKNOWN_LOCALE = "UNKNOWN_LOCALE"
    UNCHANGED = "UNCHANGED"
    TAKEN = "TAKEN"


class Unacceptable(ValueError):  # noqa: N818 - named as the refusals are
    """What is wrong with one value: a code, and the keys and parameters of the sentences that say it."""

    def __init__(self, code: InputErrorCode, *keys: str, **parameters: object) -> None:
        super().__init__(code, *keys, *parameters.values())
        self.code = code
        self.keys = keys
        self.parameters = parameters


@dataclass(frozen=True)
class InputError:
    """An `Unacceptable` that was met in the input of this name."""

    field: str
    code: InputErrorCode
    keys: tuple[str, ...]
    parameters: dict[str, object]


class InvalidInput(Refusal):
    """One or more inputs are not acceptable. Nothing was changed."""

    key = "refusal.invalid_input"

    def __init__(self, errors: list[InputError]) -> None:
        super().__init__()
        self.errors = errors


class InvalidCredentials(Refusal):
    """Unknown address or wrong password: which of the two is never told."""

    key = "refusal.invalid_credentials"


class StepUpMethod(StrEnum):
    """What somebody who is signed in can prove with that it is them."""

    PASSWORD = "PASSWORD"  # noqa: S105
    TOTP = "TOTP"
    PASSKEY = "PASSKEY"
    RECOVERY_CODE = "RECOVERY_CODE"
    MAILED_CODE = "MAILED_CODE"


class StepUpNeeded(Refusal):
    """What matters asks who is there, by one of the `methods`. Where there is none, a login has to say so."""

    key = "refusal.login_too_old"

    def __init__(self, *methods: StepUpMethod) -> None:
        alone = {StepUpMethod.PASSWORD: "refusal.password_needed", StepUpMethod.MAILED_CODE: "refusal.code_needed"}
        needed = next((key for method, key in alone.items() if method in methods), "refusal.step_up_needed")
        super().__init__(needed if methods else None)
        self.methods = methods


class InvalidProof(Refusal):
    """The code or the passkey is not the right one, or it was used before."""

    key = "refusal.invalid_proof"


class AccountDisabled(Refusal):
    """Somebody with the right to do so has closed the account; told to who has proven to be its owner alone."""

    key = "refusal.account_disabled"


class EmailNotConfirmed(Refusal):
    """The password is that of a registration whose address is not confirmed yet."""

    key = "refusal.email_not_confirmed"


class InvalidToken(Refusal):
    """Not a token of ours, already used for something else, or revoked."""

    key = "refusal.invalid_token"


class ExpiredToken(Refusal):
    """Was a token of ours; its time is over."""

    key = "refusal.expired_token"


class NotFound(Refusal):
    """There is nothing of that id, or it is not the asker's."""

    key = "refusal.not_found"


class NoAccount(NotFound):
    """No account has the address that an operator has named."""


class NotAllowed(Refusal):
    """The account or the role may do what the asker may not, or it is the asker's own."""

    key = "refusal.not_allowed"


class TooManyAttempts(Refusal):
    """Too many attempts for this account or from this address; `retry_after` is in seconds."""

    key = "refusal.too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)
        self.retry_after = retry_after


class Unauthenticated(Refusal):
    """No access token, or none that is valid now: why is for the log, never for the answer."""

    key = "refusal.unauthenticated"


class Forbidden(Refusal):
    """The request came from a page of an origin that is not listed, or somebody may not do what they ask for."""

    key = "refusal.forbidden"


class Unavailable(Refusal):
    """The server cannot do it now, through no fault of the request; `retry_after` is in seconds."""

    key = "refusal.unavailable"

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__(retry_after=retry_after)
        self.retry_after = retry_after


def retry_after_seconds(error: BaseException) -> int | None:
    """When to come back, in seconds, where the same request may well succeed later; None where it will not."""
    if isinstance(error, Unavailable):
        return error.retry_after
    return DATABASE_AWAY_SECONDS if isinstance(error, DBConnectionError) else None
