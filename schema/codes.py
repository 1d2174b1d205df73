"""Logging in with a code that an email brings."""

from datetime import datetime
from typing import Annotated

import strawberry

from edge import cookies
from resolvers import codes, factors
from schema.context import Context, Info
from schema.factors import SecondFactorNeeded
from schema.permissions import LoginCodes
from schema.problems import AccountDisabled, ExpiredToken, InvalidInput, InvalidProof, TooManyAttempts, result
from schema.sessions import LoggedIn, logged_in


@strawberry.input(description="Who wants to log in without a password.")
class RequestLoginCodeInput:
    email: str = strawberry.field(description="Where the email with the code goes.")
    device_token: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="From an earlier `LoggedIn` to the same account: strangers who ask for its codes do not keep this "
        "device from one. In cookie mode it comes from the cookie.",
    )


@strawberry.type(
    description="The same answer whether or not the address has an account. The email has eight digits, and a link "
    "that fills them in."
)
class LoginCodeSent:
    email: str = strawberry.field(description="The address in the one form that the server knows it by.")
    ticket: str | None = strawberry.field(
        description="Goes to `loginWithCode` together with the digits: they are worth nothing without it. Keep it "
        "where the login was begun (`sessionStorage`). Null in cookie mode."
    )
    expires_at: datetime = strawberry.field(description="When both stop being accepted (UTC).")


@strawberry.input(description="The code, and the ticket of who asked for it.")
class LoginWithCodeInput:
    ticket: str | None = strawberry.field(
        default=strawberry.UNSET, description="From `requestLoginCode`. Left out in cookie mode."
    )
    code: str = strawberry.field(description="The eight digits in the email; spaces do not matter.")
    device_token: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="From an earlier `LoggedIn`: spares the second factor on a device that was remembered.",
    )


RequestLoginCodeResult = Annotated[
    LoginCodeSent | InvalidInput | TooManyAttempts,
    result("RequestLoginCodeResult"),
]
LoginWithCodeResult = Annotated[
    LoggedIn | SecondFactorNeeded | InvalidProof | ExpiredToken | AccountDisabled | TooManyAttempts,
    result("LoginWithCodeResult"),
]


@strawberry.type
class CodeMutations:
    @strawberry.mutation(
        permission_classes=[LoginCodes], description="Sends a code to log in with. Only where LOGIN_CODES is true."
    )
    async def request_login_code(self, info: Info, input: RequestLoginCodeInput) -> RequestLoginCodeResult:
        context = info.context
        in_cookie = cookies.requested(context.request)
        device_token = _device_token(context, input.device_token, in_cookie=in_cookie)
        email, ticket = await codes.request(context.caller, context.services, input.email, device_token)
        if in_cookie:
            cookies.put_ticket(context.request, context.response, ticket.token)
        return LoginCodeSent(email=email, ticket=None if in_cookie else ticket.token, expires_at=ticket.expires_at)

    @strawberry.mutation(
        permission_classes=[LoginCodes],
        description="Opens a session by the code in the email. Only where LOGIN_CODES is true.",
    )
    async def login_with_code(self, info: Info, input: LoginWithCodeInput) -> LoginWithCodeResult:
        context = info.context
        in_cookie = cookies.requested(context.request)
        try:
            login = await codes.login(
                context.caller,
                context.services,
                ticket=cookies.ticket_in(context.request) if in_cookie else input.ticket or "",
                code=input.code,
                device_token=_device_token(context, input.device_token, in_cookie=in_cookie),
            )
        except factors.SecondFactorNeeded as needed:
            raise cookies.with_ticket(context.request, context.response, needed) if in_cookie else needed from None
        if in_cookie:
            cookies.clear_ticket(context.request, context.response)
        return await logged_in(context, login, in_cookie=in_cookie)


def _device_token(context: Context, sent: str | None, *, in_cookie: bool) -> str:
    return cookies.device_in(context.request) if in_cookie else sent or ""
