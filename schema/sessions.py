"""Logging in, staying logged in, and logging out."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import strawberry

import errors
from edge import cookies
from resolvers import factors, password_logins, rotations, sessions
from resolvers.logins import Login
from schema.context import Context, Info
from schema.factors import SecondFactorNeeded
from schema.permissions import Public, SignedIn
from schema.problems import (
    AccountDisabled,
    EmailNotConfirmed,
    ExpiredToken,
    InvalidCredentials,
    InvalidToken,
    NotFound,
    TooManyAttempts,
    result,
)
from schema.types import User

IN_COOKIE_MODE_NULL = (
    "Trades for the next pair of tokens, once. Null in cookie mode (`X-Token-Transport: cookie`): "
    "there it is in a cookie that no script can read."
)


@strawberry.input(description="Who wants to log in.")
class LoginInput:
    email: str = strawberry.field(description="The address, in any mix of capitals.")
    password: str = strawberry.field(description="The account's password.")
    device_token: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="From an earlier `LoggedIn` to the same account: strangers' failures do not count against this "
        "device, and where it was remembered it spares the second factor. In cookie mode it comes from the cookie.",
    )


@strawberry.input(description="The token to trade.")
class RefreshInput:
    refresh_token: str = strawberry.field(description="The newest refresh token of the session.")


@strawberry.input(description="Which session to close.")
class RevokeSessionInput:
    session_id: strawberry.ID = strawberry.field(description="From `me { sessions { id } }`.")


@strawberry.type(description="An open session.")
class LoggedIn:
    access_token: str = strawberry.field(description="A signed JWT (typ at+jwt). Send it as `Authorization: Bearer …`.")
    expires_at: datetime = strawberry.field(description="When the access token stops being accepted (UTC).")
    refresh_token: str | None = strawberry.field(description=IN_COOKIE_MODE_NULL)
    user: User = strawberry.field(description="Who has logged in.")
    device_token: str | None = strawberry.field(
        description="Names this device to this account, and outlives the session: keep it, and send it with the next "
        "login. Null in cookie mode, and where the device was known already: keep the one that you have."
    )


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


async def opened(context: Context, login: Callable[[str], Awaitable[Login]], device_token: str | None) -> LoggedIn:
    """The answer to whoever logs in from a device; its token comes from the cookie in cookie mode, as tickets go."""
    in_cookie = cookies.requested(context.request)
    try:
        done = await login(cookies.device_in(context.request) if in_cookie else device_token or "")
    except factors.SecondFactorNeeded as needed:
        raise cookies.with_ticket(context.request, context.response, needed) if in_cookie else needed from None
    return await logged_in(context, done, in_cookie=in_cookie)


async def logged_in(context: Context, login: Login, *, in_cookie: bool) -> LoggedIn:
    """The answer to whoever has opened a session, who asks from now on."""
    await context.sign_in(login.session)
    tokens = await sessions.tokens_of(context.services, login.session)
    if in_cookie:
        cookies.put_login(context.request, context.response, login, tokens.refresh_token)
    return LoggedIn(
        access_token=tokens.access_token,
        expires_at=tokens.expires_at,
        refresh_token=None if in_cookie else tokens.refresh_token,
        user=User.of(login.session.user),
        device_token=None if in_cookie else login.device_token,
    )


LoginResult = Annotated[
    LoggedIn | SecondFactorNeeded | InvalidCredentials | EmailNotConfirmed | AccountDisabled | TooManyAttempts,
    result("LoginResult"),
]
RefreshResult = Annotated[
    Refreshed | InvalidToken | ExpiredToken,
    result("RefreshResult"),
]
RevokeSessionResult = Annotated[
    SessionRevoked | NotFound,
    result("RevokeSessionResult"),
]


@strawberry.type
class SessionMutations:
    @strawberry.mutation(
        permission_classes=[Public],
        description="Opens a session. Only for confirmed addresses. "
        "With the header `X-Token-Transport: cookie` the tokens to keep go into cookies.",
    )
    async def login(self, info: Info, input: LoginInput) -> LoginResult:
        async def login(device_token: str) -> Login:
            return await password_logins.login(
                info.context.caller,
                info.context.services,
                email=input.email,
                password=input.password,
                device_token=device_token,
            )

        return await opened(info.context, login, input.device_token)

    @strawberry.mutation(
        permission_classes=[Public],
        description="Trades a refresh token for the next pair. Works without an access token. "
        "In cookie mode the refresh token comes from the cookie and the input is left out.",
    )
    async def refresh(self, info: Info, input: RefreshInput | None = strawberry.UNSET) -> RefreshResult:
        if input:
            tokens = await rotations.refresh(info.context.caller, info.context.services, input.refresh_token)
            return _refreshed(tokens, in_cookie=False)
        return await _refresh_in_cookie(info.context)

    @strawberry.mutation(
        permission_classes=[SignedIn], description="Closes this session; in cookie mode the cookie goes too."
    )
    async def logout(self, info: Info) -> LoggedOut:
        session_id = await sessions.log_out(info.context.caller)
        cookies.clear(info.context.request, info.context.response)
        return LoggedOut(session_id=strawberry.ID(session_id))

    @strawberry.mutation(permission_classes=[SignedIn], description="Closes one of your sessions.")
    async def revoke_session(self, info: Info, input: RevokeSessionInput) -> RevokeSessionResult:
        closed = await sessions.close(info.context.caller, input.session_id)
        return SessionRevoked(session_id=strawberry.ID(closed))

    @strawberry.mutation(permission_classes=[SignedIn], description="Closes every session of yours but this one.")
    async def revoke_other_sessions(self, info: Info) -> SessionsRevoked:
        return SessionsRevoked(count=await sessions.close_others(info.context.caller))


def _refreshed(tokens: sessions.Tokens, *, in_cookie: bool) -> Refreshed:
    return Refreshed(
        access_token=tokens.access_token,
        expires_at=tokens.expires_at,
        refresh_token=None if in_cookie else tokens.refresh_token,
    )


async def _refresh_in_cookie(context: Context) -> Refreshed:
    try:
        tokens = await rotations.refresh(context.caller, context.services, cookies.token_in(context.request))
    except errors.InvalidToken:
        cookies.clear(context.request, context.response)
        raise
    cookies.put(context.request, context.response, tokens.refresh_token)
    return _refreshed(tokens, in_cookie=True)
