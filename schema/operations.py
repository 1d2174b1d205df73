"""The operations: each hands over to a resolver and puts the outcome into GraphQL's words."""

import strawberry

import locales
from resolvers import accounts, confirmations, sessions
from schema.context import Info
from schema.inputs import ConfirmEmailInput, LoginInput, RegisterInput, ResendConfirmationInput
from schema.permissions import SignedIn
from schema.results import (
    ConfirmationSent,
    ConfirmEmailResult,
    EmailConfirmed,
    LoggedIn,
    LoginResult,
    Registered,
    RegisterResult,
    ResendConfirmationResult,
)
from schema.types import User


@strawberry.type(description="What may be asked.")
class Query:
    @strawberry.field(
        permission_classes=[SignedIn],
        description="Who the access token in the request belongs to. Needs a signed-in user.",
    )
    async def me(self, info: Info) -> User | None:
        return User.of(info.context.session.user) if info.context.session else None


@strawberry.type(description="What may be done.")
class Mutation:
    @strawberry.mutation(description="Opens an account that is confirmed by the link in the letter.")
    async def register(self, info: Info, input: RegisterInput) -> RegisterResult:  # noqa: A002 - the contract's word
        asked = locales.negotiate(info.context.request.headers.get("accept-language", ""))
        email = await accounts.register(
            info.context.services,
            email=input.email,
            password=input.password,
            name=input.name or None,
            locale=input.locale or asked,
        )
        return Registered(email=email)

    @strawberry.mutation(description="Sends a new link to an address that was registered but not confirmed.")
    async def resend_confirmation(self, info: Info, input: ResendConfirmationInput) -> ResendConfirmationResult:  # noqa: A002
        return ConfirmationSent(email=await confirmations.resend(info.context.services.outbox, input.email))

    @strawberry.mutation(description="Confirms the address that the link was sent to.")
    async def confirm_email(self, info: Info, input: ConfirmEmailInput) -> ConfirmEmailResult:  # noqa: A002, ARG002
        confirmed = await confirmations.confirm(input.token)
        return EmailConfirmed(email=confirmed.email, already_confirmed=confirmed.already)

    @strawberry.mutation(description="Opens a session. Only for confirmed addresses.")
    async def login(self, info: Info, input: LoginInput) -> LoginResult:  # noqa: A002
        opened = await sessions.login(
            info.context.services,
            email=input.email,
            password=input.password,
            user_agent=info.context.user_agent,
            ip_address=info.context.ip_address,
        )
        return LoggedIn(
            access_token=opened.access_token,
            expires_at=opened.expires_at,
            refresh_token=opened.refresh_token,
            user=User.of(opened.user),
        )
