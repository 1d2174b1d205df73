"""The address of an account: changing it, and undoing that from the old one."""

from typing import Annotated

import strawberry

from resolvers import emails
from schema.context import Info
from schema.inputs import ASKED_AGAIN, sent
from schema.permissions import Public, SignedIn
from schema.problems import (
    ExpiredToken,
    InvalidCredentials,
    InvalidInput,
    InvalidToken,
    StepUpNeeded,
    TooManyAttempts,
    result,
)


@strawberry.input(description="Another address for the account.")
class RequestEmailChangeInput:
    new_email: str = strawberry.field(description="Where the email with the link goes.")
    password: str | None = strawberry.field(default=strawberry.UNSET, description=ASKED_AGAIN)


@strawberry.input(description="The link in the email to the new address.")
class ConfirmEmailChangeInput:
    token: str = strawberry.field(description="What follows `token=` in the email's link.")


@strawberry.input(description="The link in the notice to the old address.")
class UndoEmailChangeInput:
    token: str = strawberry.field(description="What follows `token=` in the email's link.")


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
    email: str = strawberry.field(description="The old address. An email to choose a new password is on its way there.")


RequestEmailChangeResult = Annotated[
    EmailChangeRequested | InvalidInput | InvalidCredentials | StepUpNeeded | TooManyAttempts,
    result("RequestEmailChangeResult"),
]
ConfirmEmailChangeResult = Annotated[
    EmailChanged | InvalidToken | ExpiredToken | TooManyAttempts,
    result("ConfirmEmailChangeResult"),
]
UndoEmailChangeResult = Annotated[
    EmailChangeUndone | InvalidToken | ExpiredToken | TooManyAttempts,
    result("UndoEmailChangeResult"),
]


@strawberry.type
class EmailMutations:
    @strawberry.mutation(
        permission_classes=[SignedIn],
        description="Sends a link to a new address, and a notice with a way back to the old one.",
    )
    async def request_email_change(self, info: Info, input: RequestEmailChangeInput) -> RequestEmailChangeResult:
        new_email = await emails.request_change(
            info.context.caller,
            info.context.services,
            new_email=input.new_email,
            password=sent(input.password),
        )
        return EmailChangeRequested(new_email=new_email)

    @strawberry.mutation(
        permission_classes=[Public], description="Gives the account the address that the link was sent to."
    )
    async def confirm_email_change(self, info: Info, input: ConfirmEmailChangeInput) -> ConfirmEmailChangeResult:
        return EmailChanged(email=await emails.confirm_change(info.context.caller, info.context.services, input.token))

    @strawberry.mutation(
        permission_classes=[Public],
        description="From the notice that the old address gets: undoes the change and closes every session.",
    )
    async def undo_email_change(self, info: Info, input: UndoEmailChangeInput) -> UndoEmailChangeResult:
        return EmailChangeUndone(
            email=await emails.undo_change(info.context.caller, info.context.services, input.token)
        )
