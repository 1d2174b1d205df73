"""Other services that people log in with."""

from typing import Annotated, Any

import strawberry

from resolvers import identities, identity_logins
from resolvers.logins import Login
from schema.context import Info
from schema.factors import SecondFactorNeeded
from schema.permissions import Public, SignedIn
from schema.problems import (
    AccountDisabled,
    EmailNotConfirmed,
    ExpiredToken,
    InvalidToken,
    NotFound,
    Problem,
    StepUpNeeded,
    TooManyAttempts,
    result,
)
from schema.sessions import LoggedIn, opened


@strawberry.type(description="A service whose accounts open accounts here.")
class Provider:
    id: strawberry.ID = strawberry.field(description="Its name in addresses, such as `google`.")
    name: str = strawberry.field(description="What to write on a button.")
    url: str = strawberry.field(description="Where a browser begins: add `return_to` and `code_challenge`.")


@strawberry.input(description="What came back with the browser.")
class ExchangeCodeInput:
    code: str = strawberry.field(
        description="What follows `code=` in the address that the browser came back to: good once, for a minute."
    )
    code_verifier: str = strawberry.field(description="What the `code_challenge` was made of (PKCE, S256).")
    device_token: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="From an earlier `LoggedIn`: spares the second factor on a device that was remembered. "
        "In cookie mode it comes from the cookie.",
    )


@strawberry.input(description="Which one to take away.")
class UnlinkIdentityInput:
    identity_id: strawberry.ID = strawberry.field(description="From `me { identities { id } }`.")


@strawberry.type(
    description="The other service vouches for an address that has an account here, and nobody has linked the two. "
    "Log in as ever, and then call `linkIdentity` with the `linkTicket`."
)
class IdentityNotLinked(Problem, refusal=identity_logins.IdentityNotLinked):
    provider: str = strawberry.field(description="Which service it is.")
    link_ticket: str = strawberry.field(
        description="Goes to `linkIdentity` after a login to that account, once and within ten minutes."
    )

    @classmethod
    def facts(cls, refusal: identity_logins.IdentityNotLinked, locale: str) -> dict[str, Any]:  # noqa: ARG003
        """Which service, and the ticket."""
        return {"provider": refusal.provider, "link_ticket": refusal.ticket}


@strawberry.type(description="It opens nothing any more; every other session was closed, and the owner told by mail.")
class IdentityUnlinked:
    sessions_revoked: int = strawberry.field(description="How many sessions were closed.")


ExchangeCodeResult = Annotated[
    LoggedIn
    | SecondFactorNeeded
    | IdentityNotLinked
    | EmailNotConfirmed
    | InvalidToken
    | ExpiredToken
    | AccountDisabled
    | TooManyAttempts,
    result("ExchangeCodeResult"),
]
UnlinkIdentityResult = Annotated[
    IdentityUnlinked | NotFound | StepUpNeeded,
    result("UnlinkIdentityResult"),
]


@strawberry.type
class ProviderQueries:
    @strawberry.field(permission_classes=[Public], description="Other services that one can log in with, for buttons.")
    async def providers(self, info: Info) -> list[Provider]:
        services = info.context.services
        return [
            Provider(
                id=strawberry.ID(provider.id),
                name=provider.name,
                url=f"{services.settings.public_url}/auth/{provider.id}",
            )
            for provider in services.providers.values()
        ]


@strawberry.type
class IdentityMutations:
    @strawberry.mutation(
        permission_classes=[Public],
        description="Opens a session by what the browser brought back from another service.",
    )
    async def exchange_code(self, info: Info, input: ExchangeCodeInput) -> ExchangeCodeResult:
        async def login(device_token: str) -> Login:
            return await identity_logins.exchange(
                info.context.caller,
                info.context.services,
                code=input.code,
                code_verifier=input.code_verifier,
                device_token=device_token,
            )

        return await opened(info.context, login, input.device_token)

    @strawberry.mutation(permission_classes=[SignedIn], description="Takes another service away. Needs a step up.")
    async def unlink_identity(self, info: Info, input: UnlinkIdentityInput) -> UnlinkIdentityResult:
        closed = await identities.unlink(info.context.caller, info.context.services, input.identity_id)
        return IdentityUnlinked(sessions_revoked=closed)
