"""Logging in by what an app has got from its system's own sign-in."""

from datetime import datetime
from typing import Annotated

import strawberry

from resolvers import id_token_logins
from resolvers.logins import Login
from schema.context import Info
from schema.factors import SecondFactorNeeded
from schema.identities import IdentityNotLinked
from schema.permissions import Public
from schema.problems import (
    AccountDisabled,
    EmailNotConfirmed,
    ExpiredToken,
    InvalidToken,
    NotFound,
    TooManyAttempts,
    result,
)
from schema.sessions import LoggedIn, opened


@strawberry.input(description="For which service.")
class StartIdTokenLoginInput:
    provider: strawberry.ID = strawberry.field(description="Such as `apple`.")


@strawberry.type(description="Have the system's own sign-in put this into the token that it gets.")
class IdTokenLoginStarted:
    nonce: str = strawberry.field(
        description="Goes into the request for the token, as it is or as its SHA-256 in hexadecimal, "
        "and to `loginWithIdToken`."
    )
    expires_at: datetime = strawberry.field(description="When it stops being accepted (UTC).")


@strawberry.input(description="What a native app got from the system's own sign-in.")
class LoginWithIdTokenInput:
    provider: strawberry.ID = strawberry.field(description="Such as `apple`.")
    id_token: str = strawberry.field(description="The ID token.")
    nonce: str = strawberry.field(description="From `startIdTokenLogin`: good once.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the person is called, where the service tells it beside the token, as Apple does, once.",
    )
    device_token: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="From an earlier `LoggedIn`: spares the second factor on a device that was remembered. "
        "In cookie mode it comes from the cookie.",
    )


StartIdTokenLoginResult = Annotated[
    IdTokenLoginStarted | NotFound | TooManyAttempts,
    result("StartIdTokenLoginResult"),
]
LoginWithIdTokenResult = Annotated[
    LoggedIn
    | SecondFactorNeeded
    | IdentityNotLinked
    | EmailNotConfirmed
    | InvalidToken
    | ExpiredToken
    | NotFound
    | AccountDisabled
    | TooManyAttempts,
    result("LoginWithIdTokenResult"),
]


@strawberry.type
class IdTokenMutations:
    @strawberry.mutation(
        permission_classes=[Public],
        description="Begins a login by the sign-in that a phone's or a desktop's system has of another service.",
    )
    async def start_id_token_login(self, info: Info, input: StartIdTokenLoginInput) -> StartIdTokenLoginResult:
        started = id_token_logins.start(info.context.services, input.provider)
        return IdTokenLoginStarted(nonce=started.token, expires_at=started.expires_at)

    @strawberry.mutation(
        permission_classes=[Public],
        description="Opens a session by the ID token that the system's own sign-in has given.",
    )
    async def login_with_id_token(self, info: Info, input: LoginWithIdTokenInput) -> LoginWithIdTokenResult:
        async def login(device_token: str) -> Login:
            return await id_token_logins.login(
                info.context.caller,
                info.context.services,
                provider_id=input.provider,
                id_token=input.id_token,
                nonce=input.nonce,
                name=input.name or None,
                device_token=device_token,
            )

        return await opened(info.context, login, input.device_token)
