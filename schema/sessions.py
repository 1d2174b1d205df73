"""Logging in, staying logged in, and logging out."""

import strawberry

from errors import InvalidToken
from resolvers import rotations, sessions
from schema import cookies
from schema.context import Context, Info
from schema.inputs import LoginInput, RefreshInput, RevokeSessionInput
from schema.permissions import Public, SignedIn
from schema.results import (
    LoggedIn,
    LoggedOut,
    LoginResult,
    Refreshed,
    RefreshResult,
    RevokeSessionResult,
    SessionRevoked,
    SessionsRevoked,
)
from schema.types import User


@strawberry.type
class SessionMutations:
    @strawberry.mutation(
        permission_classes=[Public],
        description="Opens a session. Only for confirmed addresses. "
        "With the header `X-Token-Transport: cookie` the refresh token goes into a cookie.",
    )
    async def login(self, info: Info, input: LoginInput) -> LoginResult:
        context = info.context
        in_cookie = cookies.wanted(context)
        context.session = await sessions.login(
            context.services,
            context.client,
            email=input.email,
            password=input.password,
        )
        tokens = sessions.tokens_of(context.services, context.session)
        if in_cookie:
            cookies.put(context, tokens.refresh_token)
        return LoggedIn(
            access_token=tokens.access_token,
            expires_at=tokens.expires_at,
            refresh_token=None if in_cookie else tokens.refresh_token,
            user=User.of(context.session.user),
        )

    @strawberry.mutation(
        permission_classes=[Public],
        description="Trades a refresh token for the next pair. Works without an access token. "
        "In cookie mode the refresh token comes from the cookie and the input is left out.",
    )
    async def refresh(self, info: Info, input: RefreshInput | None = strawberry.UNSET) -> RefreshResult:
        if input:
            tokens = await rotations.refresh(info.context.services, input.refresh_token)
            return _refreshed(tokens, in_cookie=False)
        return await _refresh_in_cookie(info.context)

    @strawberry.mutation(
        permission_classes=[SignedIn], description="Closes this session; in cookie mode the cookie goes too."
    )
    async def logout(self, info: Info) -> LoggedOut:
        session = info.context.signed_in
        await sessions.log_out(session)
        cookies.clear(info.context)
        return LoggedOut(session_id=strawberry.ID(str(session.id)))

    @strawberry.mutation(permission_classes=[SignedIn], description="Closes one of your sessions.")
    async def revoke_session(self, info: Info, input: RevokeSessionInput) -> RevokeSessionResult:
        closed = await sessions.close(info.context.signed_in, input.session_id)
        return SessionRevoked(session_id=strawberry.ID(closed))

    @strawberry.mutation(permission_classes=[SignedIn], description="Closes every session of yours but this one.")
    async def revoke_other_sessions(self, info: Info) -> SessionsRevoked:
        return SessionsRevoked(count=await sessions.close_others(info.context.signed_in))


def _refreshed(tokens: sessions.Tokens, *, in_cookie: bool) -> Refreshed:
    return Refreshed(
        access_token=tokens.access_token,
        expires_at=tokens.expires_at,
        refresh_token=None if in_cookie else tokens.refresh_token,
    )


async def _refresh_in_cookie(context: Context) -> Refreshed:
    try:
        tokens = await rotations.refresh(context.services, cookies.token_in(context))
    except InvalidToken:
        cookies.clear(context)
        raise
    cookies.put(context, tokens.refresh_token)
    return _refreshed(tokens, in_cookie=True)
