"""Logging in with a passkey alone."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from edge import cookies
from resolvers import passkey_logins
from schema.context import Info
from schema.permissions import Public
from schema.problems import AccountDisabled, ExpiredToken, InvalidProof, InvalidToken, Problem, TooManyAttempts, result
from schema.sessions import LoggedIn, logged_in


@strawberry.type(
    description="The browser's part comes now. The same for everybody: no address is asked for, and no passkey is "
    'named. Nothing is stored for it, so a page may ask each time that it is opened (`mediation: "conditional"`).'
)
class PasskeyLoginStarted:
    ceremony: str = strawberry.field(description="Goes to `loginWithPasskey`, once and within ten minutes.")
    options: JSON = strawberry.field(
        description="For `navigator.credentials.get`: `PublicKeyCredential.parseRequestOptionsFromJSON` reads it."
    )
    expires_at: datetime = strawberry.field(
        description="When it stops being accepted (UTC); ask again before that where the page stays open."
    )


@strawberry.input(description="What the browser answered.")
class LoginWithPasskeyInput:
    ceremony: str = strawberry.field(description="From `startPasskeyLogin`.")
    credential: JSON = strawberry.field(
        description="The answer of `navigator.credentials.get`, as its `toJSON` gives it."
    )


@strawberry.type(description="This passkey is not known here, or not any more.")
class UnknownPasskey(Problem, refusal=passkey_logins.UnknownPasskey):
    rp_id: str = strawberry.field(
        description="For `PublicKeyCredential.signalUnknownCredential`, so that the device stops offering it."
    )

    @classmethod
    def facts(cls, refusal: passkey_logins.UnknownPasskey, locale: str) -> dict[str, Any]:  # noqa: ARG003
        """Whose passkeys it is not among."""
        return {"rp_id": refusal.rp_id}


StartPasskeyLoginResult = Annotated[
    PasskeyLoginStarted | TooManyAttempts,
    result("StartPasskeyLoginResult"),
]
LoginWithPasskeyResult = Annotated[
    LoggedIn | UnknownPasskey | InvalidProof | InvalidToken | ExpiredToken | AccountDisabled | TooManyAttempts,
    result("LoginWithPasskeyResult"),
]


@strawberry.type
class PasskeyLoginMutations:
    @strawberry.mutation(
        permission_classes=[Public],
        description="Begins a login with a passkey, also from the browser's suggestions.",
    )
    async def start_passkey_login(self, info: Info) -> StartPasskeyLoginResult:
        started = passkey_logins.start(info.context.services)
        return PasskeyLoginStarted(
            ceremony=started.token,
            options=JSON(started.options),
            expires_at=started.expires_at,
        )

    @strawberry.mutation(permission_classes=[Public], description="Opens a session by a passkey alone.")
    async def login_with_passkey(self, info: Info, input: LoginWithPasskeyInput) -> LoginWithPasskeyResult:
        context = info.context
        in_cookie = cookies.requested(context.request)
        login = await passkey_logins.login(
            context.caller,
            context.services,
            ceremony=input.ceremony,
            answer=input.credential,
            device_token=cookies.device_in(context.request) if in_cookie else "",
        )
        return await logged_in(context, login, in_cookie=in_cookie)
