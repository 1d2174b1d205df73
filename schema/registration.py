"""Registering, and confirming the address by the link in the email."""

from typing import Annotated

import strawberry

from resolvers import registration
from schema.context import Info
from schema.permissions import Public
from schema.problems import (
    ExpiredToken,
    InvalidInput,
    InvalidToken,
    TooManyAttempts,
    result,
)


@strawberry.input(description="A new account.")
class RegisterInput:
    email: str = strawberry.field(description="Where the email with the link goes.")
    password: str = strawberry.field(
        description="At least 8 characters, more where the server asks for it, and not easy to guess."
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description="What the person wants to be called.")
    locale: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The language of emails: `en`, `de` or `fr`. Where left out, what the browser asks for.",
    )


@strawberry.input(description="Whose link was lost or has expired.")
class ResendConfirmationInput:
    email: str = strawberry.field(description="The address that was registered.")


@strawberry.input(description="The link that was clicked.")
class ConfirmEmailInput:
    token: str = strawberry.field(description="What follows `token=` in the email's link.")


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


RegisterResult = Annotated[
    Registered | InvalidInput | TooManyAttempts,
    result("RegisterResult"),
]
ResendConfirmationResult = Annotated[
    ConfirmationSent | InvalidInput | TooManyAttempts,
    result("ResendConfirmationResult"),
]
ConfirmEmailResult = Annotated[
    EmailConfirmed | InvalidToken | ExpiredToken | TooManyAttempts,
    result("ConfirmEmailResult"),
]


@strawberry.type
class RegistrationMutations:
    @strawberry.mutation(
        permission_classes=[Public], description="Opens an account that is confirmed by the link in the email."
    )
    async def register(self, info: Info, input: RegisterInput) -> RegisterResult:
        email = await registration.register(
            info.context.caller,
            info.context.services,
            email=input.email,
            password=input.password,
            name=input.name or None,
            locale=info.context.caller.locale if input.locale in (None, strawberry.UNSET) else input.locale,
        )
        return Registered(email=email)

    @strawberry.mutation(
        permission_classes=[Public],
        description="Sends a new link to an address that was registered but not confirmed.",
    )
    async def resend_confirmation(self, info: Info, input: ResendConfirmationInput) -> ResendConfirmationResult:
        return ConfirmationSent(
            email=await registration.resend(info.context.caller, info.context.services, input.email)
        )

    @strawberry.mutation(permission_classes=[Public], description="Confirms the address that the link was sent to.")
    async def confirm_email(self, info: Info, input: ConfirmEmailInput) -> ConfirmEmailResult:
        confirmed = await registration.confirm(info.context.caller, info.context.services, input.token)
        return EmailConfirmed(email=confirmed.email, already_confirmed=confirmed.already)
