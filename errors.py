"""The refusals: facts that keep an operation from doing what it was asked.

Refusal
├── InvalidInput          one or more inputs are not acceptable
├── InvalidCredentials    unknown address or wrong password
├── EmailNotConfirmed     the password is that of a registration that waits
├── InvalidToken          not ours, used for something else, or revoked
├── ExpiredToken          was ours, its time is over
├── NotFound              nothing of that id, or not the asker's
├── TooManyAttempts       come back after `retry_after` seconds
├── Unauthenticated       no valid access token came with the request
├── Forbidden             a page of an origin that is not listed
└── Unavailable           the server cannot do it now; come back after `retry_after` seconds
"""

from tortoise.exceptions import DBConnectionError

DATABASE_AWAY_SECONDS = 5


class Refusal(Exception):  # noqa: N818 - named for the fact, not for the mechanism
    """Why an operation did not do what it was asked; `str()` is fit for the person who asked."""

    message = "This could not be done."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)


class InvalidInput(Refusal):
    """One or more inputs are not acceptable; `errors` is a list of (field, message). Nothing was changed."""

    message = "Some of the input is not acceptable."

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__()
        self.errors = errors


class InvalidCredentials(Refusal):
    """Unknown address or wrong password: which of the two is never told."""

    message = "The address or the password is wrong."


class EmailNotConfirmed(Refusal):
    """The password is that of a registration whose address is not confirmed yet."""

    message = "Please confirm your address first: we have sent you a letter with a link."


class InvalidToken(Refusal):
    """Not a token of ours, already used for something else, or revoked."""

    message = "This link is not valid, or it has been used already."


class ExpiredToken(Refusal):
    """Was a token of ours; its time is over."""

    message = "This link has expired. Please ask for a new one."


class NotFound(Refusal):
    """There is nothing of that id, or it is not the asker's."""

    message = "There is nothing of that id."


class TooManyAttempts(Refusal):
    """Too many attempts for this account or from this address; `retry_after` is in seconds."""

    message = "Too many attempts. Please try again later."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class Unauthenticated(Refusal):
    """No access token, or none that is valid now: why is for the log, never for the answer."""

    message = "Please log in: a valid access token is needed."


class Forbidden(Refusal):
    """The request came from a page of another origin than those that are listed."""

    message = "This origin is not allowed to use cookies here: see CORS_ORIGINS."


class Unavailable(Refusal):
    """The server cannot do it now, through no fault of the request; `retry_after` is in seconds."""

    message = "The server is too busy. Please try again shortly."

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__()
        self.retry_after = retry_after


def retry_after_seconds(error: BaseException) -> int | None:
    """When to come back, in seconds, where the same request may well succeed later; None where it will not."""
    if isinstance(error, Unavailable):
        return error.retry_after
    return DATABASE_AWAY_SECONDS if isinstance(error, DBConnectionError) else None
