"""What the mutations give back: each a union of its success and the problems it can meet."""

from datetime import datetime
from typing import Annotated

import strawberry

from schema.problems import (
    EmailNotConfirmed,
    ExpiredToken,
    InvalidCredentials,
    InvalidInput,
    InvalidToken,
    TooManyAttempts,
)
from schema.types import User


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
    refresh_token: str = strawberry.field(description="Trades for the next pair of tokens, once.")
    user: User = strawberry.field(description="Who has logged in.")


RegisterResult = Annotated[
    Registered | InvalidInput | TooManyAttempts,
    strawberry.union("RegisterResult", description="`Registered`, or the problem that kept it from happening."),
]
ResendConfirmationResult = Annotated[
    ConfirmationSent | InvalidInput | TooManyAttempts,
    strawberry.union(
        "ResendConfirmationResult", description="`ConfirmationSent`, or the problem that kept it from happening."
    ),
]
ConfirmEmailResult = Annotated[
    EmailConfirmed | InvalidToken | ExpiredToken | TooManyAttempts,
    strawberry.union("ConfirmEmailResult", description="`EmailConfirmed`, or the problem that kept it from happening."),
]
LoginResult = Annotated[
    LoggedIn | InvalidCredentials | EmailNotConfirmed | TooManyAttempts,
    strawberry.union("LoginResult", description="`LoggedIn`, or the problem that kept it from happening."),
]
