"""What the mutations give back: each a union of its success and the problems it can meet."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from schema.problems import (
    EmailNotConfirmed,
    ExpiredToken,
    InvalidCredentials,
    InvalidInput,
    InvalidToken,
    NotFound,
    TooManyAttempts,
)
from schema.types import User


def _union(name: str) -> Any:
    return strawberry.union(name, description="What was asked for, or the problem that kept it from happening.")


IN_COOKIE_MODE_NULL = (
    "Trades for the next pair of tokens, once. Null in cookie mode (`X-Token-Transport: cookie`): "
    "there it is in a cookie that no script can read."
)


@strawberry.type(
    description="The same answer whether or not the address was free: what happened is told by mail to its owner alone."
)
class Registered:
    email: str = strawberry.field(description="The address in the one form that the server knows it by.")


@strawberry.type(description="The same answer whether or not the address has an account that waits for a link.")
class ConfirmationSent:
    email: str = strawberry.field(description="The address in the one form that the server knows it by.")


@strawberry.type(description="Confirming twice with the same link is not an error: `alreadyConfirmed` says so.")
class EmailConfirmed:
    email: str = strawberry.field(description="The address that is confirmed now.")
    already_confirmed: bool = strawberry.field(description="Whether an earlier click had done it.")


@strawberry.type(description="An open session.")
class LoggedIn:
    access_token: str = strawberry.field(description="A signed JWT (typ at+jwt). Send it as `Authorization: Bearer …`.")
    expires_at: datetime = strawberry.field(description="When the access token stops being accepted (UTC).")
    refresh_token: str | None = strawberry.field(description=IN_COOKIE_MODE_NULL)
    user: User = strawberry.field(description="Who has logged in.")


@strawberry.type(description="The next pair of tokens.")
class Refreshed:
    access_token: str = strawberry.field(description="A signed JWT (typ at+jwt). Send it as `Authorization: Bearer …`.")
    expires_at: datetime = strawberry.field(description="When the access token stops being accepted (UTC).")
    refresh_token: str | None = strawberry.field(description=IN_COOKIE_MODE_NULL)


@strawberry.type(description="The session is closed; its tokens are worth nothing from now on.")
class LoggedOut:
    session_id: strawberry.ID = strawberry.field(description="The session that was closed.")


@strawberry.type(description="The session is closed; its tokens are worth nothing from now on.")
class SessionRevoked:
    session_id: strawberry.ID = strawberry.field(description="The session that was closed.")


@strawberry.type(description="Every session but this one is closed.")
class SessionsRevoked:
    count: int = strawberry.field(description="How many those were.")


@strawberry.type(description="Every other session was closed, and the owner told by mail.")
class PasswordChanged:
    sessions_revoked: int = strawberry.field(description="How many those were.")


@strawberry.type(description="The same answer whether or not the address has an account.")
class PasswordResetSent:
    email: str = strawberry.field(description="The address in the one form that the server knows it by.")


@strawberry.type(description="The new password counts, every session is closed, and the address is confirmed.")
class PasswordReset:
    email: str = strawberry.field(description="The account's address.")


@strawberry.type(
    description="A link went to the new address, a notice with a way back to the old one. "
    "The same answer whether or not the new address has an account."
)
class EmailChangeRequested:
    new_email: str = strawberry.field(description="The new address in the one form that the server knows it by.")


@strawberry.type(description="The account has its new address; every other session is closed.")
class EmailChanged:
    email: str = strawberry.field(description="The new address.")


@strawberry.type(description="The account has its old address again; every session is closed.")
class EmailChangeUndone:
    email: str = strawberry.field(description="The old address. A letter to choose a new password is on its way there.")


@strawberry.type(description="The profile is written.")
class ProfileUpdated:
    user: User = strawberry.field(description="The account as it is now.")


@strawberry.type(description="The account and all that hung on it is gone.")
class AccountDeleted:
    id: strawberry.ID = strawberry.field(description="What the account's id was.")


RegisterResult = Annotated[
    Registered | InvalidInput | TooManyAttempts,
    _union("RegisterResult"),
]
ResendConfirmationResult = Annotated[
    ConfirmationSent | InvalidInput | TooManyAttempts,
    _union("ResendConfirmationResult"),
]
ConfirmEmailResult = Annotated[
    EmailConfirmed | InvalidToken | ExpiredToken | TooManyAttempts,
    _union("ConfirmEmailResult"),
]
LoginResult = Annotated[
    LoggedIn | InvalidCredentials | EmailNotConfirmed | TooManyAttempts,
    _union("LoginResult"),
]
RefreshResult = Annotated[
    Refreshed | InvalidToken | ExpiredToken,
    _union("RefreshResult"),
]
RevokeSessionResult = Annotated[
    SessionRevoked | NotFound,
    _union("RevokeSessionResult"),
]
ChangePasswordResult = Annotated[
    PasswordChanged | InvalidInput | InvalidCredentials | TooManyAttempts,
    _union("ChangePasswordResult"),
]
RequestPasswordResetResult = Annotated[
    PasswordResetSent | InvalidInput | TooManyAttempts,
    _union("RequestPasswordResetResult"),
]
ResetPasswordResult = Annotated[
    PasswordReset | InvalidInput | InvalidToken | ExpiredToken | TooManyAttempts,
    _union("ResetPasswordResult"),
]
RequestEmailChangeResult = Annotated[
    EmailChangeRequested | InvalidInput | InvalidCredentials | TooManyAttempts,
    _union("RequestEmailChangeResult"),
]
ConfirmEmailChangeResult = Annotated[
    EmailChanged | InvalidToken | ExpiredToken | TooManyAttempts,
    _union("ConfirmEmailChangeResult"),
]
UndoEmailChangeResult = Annotated[
    EmailChangeUndone | InvalidToken | ExpiredToken,
    _union("UndoEmailChangeResult"),
]
UpdateProfileResult = Annotated[
    ProfileUpdated | InvalidInput,
    _union("UpdateProfileResult"),
]
DeleteAccountResult = Annotated[
    AccountDeleted | InvalidCredentials | TooManyAttempts,
    _union("DeleteAccountResult"),
]
