"""Linking accounts elsewhere to one's own."""

from typing import Annotated, Self

import strawberry

import models
from resolvers import linking
from schema.context import Info
from schema.permissions import SignedIn
from schema.problems import (
    ExpiredToken,
    InvalidInput,
    InvalidToken,
    NotFound,
    Problem,
    StepUpNeeded,
    TooManyAttempts,
    result,
)
from schema.types import Identity


@strawberry.input(description="From the account's settings: another service.")
class StartLinkingInput:
    provider: strawberry.ID = strawberry.field(description="Such as `google`.")
    return_to: str = strawberry.field(description="Where the browser comes back to: one of RETURN_URLS, to the letter.")
    code_challenge: str = strawberry.field(
        description="Base64url of the SHA-256 of a verifier that this client keeps (PKCE, S256)."
    )


@strawberry.input(description="What came back with the browser, to the session that sent it.")
class FinishLinkingInput:
    code: str = strawberry.field(
        description="What follows `code=` in the address that the browser came back to: good once, for a minute."
    )
    code_verifier: str = strawberry.field(description="What the `code_challenge` was made of.")


@strawberry.input(description="The ticket of who came by another service and then logged in as ever.")
class LinkIdentityInput:
    link_ticket: str = strawberry.field(description="From `IdentityNotLinked`.")


@strawberry.type(description="It opens an account here already.")
class IdentityTaken(Problem, refusal=linking.IdentityTaken):
    pass


@strawberry.type(description="Send the browser there.")
class LinkingStarted:
    url: str = strawberry.field(
        description="Good once, for ten minutes. Nothing is linked until this session has called `finishLinking`."
    )


@strawberry.type(
    description="The account elsewhere opens this one from now on; every other session was closed, "
    "and the owner told by mail."
)
class IdentityLinked:
    identity: Identity = strawberry.field(description="What was linked.")

    @classmethod
    def of(cls, row: models.Identity) -> Self:
        """What a row holds."""
        return cls(identity=Identity.of(row))


StartLinkingResult = Annotated[
    LinkingStarted | InvalidInput | NotFound | StepUpNeeded | TooManyAttempts,
    result("StartLinkingResult"),
]
FinishLinkingResult = Annotated[
    IdentityLinked | IdentityTaken | InvalidToken | ExpiredToken | StepUpNeeded | TooManyAttempts,
    result("FinishLinkingResult"),
]
LinkIdentityResult = Annotated[
    IdentityLinked | IdentityTaken | InvalidToken | ExpiredToken | StepUpNeeded,
    result("LinkIdentityResult"),
]


@strawberry.type
class LinkingMutations:
    @strawberry.mutation(
        permission_classes=[SignedIn],
        description="After a login: links the service by which one had come first. Needs a step up.",
    )
    async def link_identity(self, info: Info, input: LinkIdentityInput) -> LinkIdentityResult:
        return IdentityLinked.of(await linking.by_ticket(info.context.caller, info.context.services, input.link_ticket))

    @strawberry.mutation(
        permission_classes=[SignedIn],
        description="Begins to link another service from the account's settings. Needs a step up.",
    )
    async def start_linking(self, info: Info, input: StartLinkingInput) -> StartLinkingResult:
        url = await linking.start(
            info.context.caller,
            info.context.services,
            input.provider,
            return_to=input.return_to,
            code_challenge=input.code_challenge,
        )
        return LinkingStarted(url=url)

    @strawberry.mutation(
        permission_classes=[SignedIn],
        description="Links what the browser brought back, in the session that sent it. Needs a step up.",
    )
    async def finish_linking(self, info: Info, input: FinishLinkingInput) -> FinishLinkingResult:
        return IdentityLinked.of(
            await linking.finish(
                info.context.caller, info.context.services, code=input.code, code_verifier=input.code_verifier
            )
        )
