"""From a visitor to a confirmed account."""

import strawberry

import locales
from resolvers import accounts, confirmations
from schema.context import Info
from schema.inputs import ConfirmEmailInput, RegisterInput, ResendConfirmationInput
from schema.permissions import Public
from schema.results import (
    ConfirmationSent,
    ConfirmEmailResult,
    EmailConfirmed,
    Registered,
    RegisterResult,
    ResendConfirmationResult,
)


@strawberry.type
class RegistrationMutations:
    @strawberry.mutation(
        permission_classes=[Public], description="Opens an account that is confirmed by the link in the letter."
    )
    async def register(self, info: Info, input: RegisterInput) -> RegisterResult:
        asked = locales.negotiate(info.context.request.headers.get("accept-language", ""))
        email = await accounts.register(
            info.context.services,
            info.context.client,
            email=input.email,
            password=input.password,
            name=input.name or None,
            locale=input.locale or asked,
        )
        return Registered(email=email)

    @strawberry.mutation(
        permission_classes=[Public],
        description="Sends a new link to an address that was registered but not confirmed.",
    )
    async def resend_confirmation(self, info: Info, input: ResendConfirmationInput) -> ResendConfirmationResult:
        return ConfirmationSent(
            email=await confirmations.resend(info.context.services, info.context.client, input.email)
        )

    @strawberry.mutation(permission_classes=[Public], description="Confirms the address that the link was sent to.")
    async def confirm_email(self, info: Info, input: ConfirmEmailInput) -> ConfirmEmailResult:
        confirmed = await confirmations.confirm(info.context.services, info.context.client, input.token)
        return EmailConfirmed(email=confirmed.email, already_confirmed=confirmed.already)
