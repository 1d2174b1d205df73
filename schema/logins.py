"""The second step of logging in."""

from typing import Annotated

import strawberry

import errors
from edge import cookies
from resolvers import logins
from schema.context import Info
from schema.factors import SecondFactorInput
from schema.permissions import Public
from schema.problems import AccountDisabled, ExpiredToken, InvalidProof, InvalidToken, TooManyAttempts, result
from schema.sessions import LoggedIn, logged_in


@strawberry.input(description="The second step of logging in.")
class CompleteLoginInput:
    ticket: str | None = strawberry.field(
        default=strawberry.UNSET, description="From `SecondFactorNeeded`. Left out in cookie mode."
    )
    proof: SecondFactorInput = strawberry.field(description="What proves it.")
    remember_device: bool = strawberry.field(
        default=False,
        description="Whether this device may do without the second factor for thirty days. Not with a recovery code: "
        "who needs one has lost something.",
    )


CompleteLoginResult = Annotated[
    LoggedIn | InvalidProof | InvalidToken | ExpiredToken | AccountDisabled | TooManyAttempts,
    result("CompleteLoginResult"),
]


@strawberry.type
class LoginMutations:
    @strawberry.mutation(
        permission_classes=[Public], description="Opens the session that `SecondFactorNeeded` kept closed."
    )
    async def complete_login(self, info: Info, input: CompleteLoginInput) -> CompleteLoginResult:
        context = info.context
        in_cookie = cookies.requested(context.request)
        try:
            login = await logins.finish(
                context.caller,
                context.services,
                ticket=cookies.ticket_in(context.request) if in_cookie else input.ticket or "",
                proof=input.proof.proof(),
                remember=input.remember_device,
            )
        except (errors.InvalidToken, errors.ExpiredToken):
            if in_cookie:
                cookies.clear_ticket(context.request, context.response)
            raise
        if in_cookie:
            cookies.clear_ticket(context.request, context.response)
        return await logged_in(context, login, in_cookie=in_cookie)
