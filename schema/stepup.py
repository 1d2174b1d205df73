"""Asking who is there, for what matters."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

import errors
from resolvers import proofs, stepup_proofs
from schema.context import Info
from schema.inputs import sent
from schema.permissions import SignedIn
from schema.problems import (
    ExpiredToken,
    InvalidCredentials,
    InvalidInput,
    InvalidProof,
    InvalidToken,
    StepUpMethod,
    TooManyAttempts,
    result,
)


@strawberry.input(description="How to step up.")
class StartStepUpInput:
    method: StepUpMethod = strawberry.field(description="PASSKEY or MAILED_CODE: the others need no beginning.")


@strawberry.type(description="Step up with this.")
class StepUpStarted:
    ceremony: str = strawberry.field(description="Goes to `stepUp`, once and within ten minutes, from this session.")
    expires_at: datetime = strawberry.field(description="When it stops being accepted (UTC).")
    passkey_options: JSON | None = strawberry.field(
        description="For `navigator.credentials.get`, where the method is PASSKEY: "
        "`PublicKeyCredential.parseRequestOptionsFromJSON` reads it."
    )


@strawberry.input(one_of=True, description="One proof, of one kind.")
class StepUpProofInput:
    password: str | None = strawberry.field(
        default=strawberry.UNSET, description="The account's password, where it has no second factor."
    )
    totp_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="The six digits that the authenticator app shows now."
    )
    recovery_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="A code that was shown once; it is used up."
    )
    mailed_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="The eight digits in the email; spaces do not matter."
    )
    passkey: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="The answer of `navigator.credentials.get`, as its `toJSON` gives it."
    )


@strawberry.input(description="Who is there.")
class StepUpInput:
    proof: StepUpProofInput = strawberry.field(description="What proves it.")
    ceremony: str | None = strawberry.field(
        default=strawberry.UNSET, description="From `startStepUp`, where the method needs a beginning."
    )


@strawberry.type(description="For a while this session may do what matters.")
class SteppedUp:
    until: datetime = strawberry.field(description="Until when (UTC): ten minutes from now.")


StartStepUpResult = Annotated[
    StepUpStarted | InvalidInput | TooManyAttempts,
    result("StartStepUpResult"),
]
StepUpResult = Annotated[
    SteppedUp | InvalidCredentials | InvalidProof | InvalidToken | ExpiredToken | TooManyAttempts,
    result("StepUpResult"),
]


@strawberry.type
class StepUpMutations:
    @strawberry.mutation(permission_classes=[SignedIn], description="Begins a step up with a passkey or a mailed code.")
    async def start_step_up(self, info: Info, input: StartStepUpInput) -> StartStepUpResult:
        method = errors.StepUpMethod[input.method.name]
        started = await stepup_proofs.start(info.context.caller, info.context.services, method)
        return StepUpStarted(
            ceremony=started.token,
            expires_at=started.expires_at,
            passkey_options=JSON(started.options) if started.options else None,
        )

    @strawberry.mutation(
        permission_classes=[SignedIn],
        description="Asks who is there: for ten minutes this session may then do what matters. A login counts as one.",
    )
    async def step_up(self, info: Info, input: StepUpInput) -> StepUpResult:
        caller, services, proof = info.context.caller, info.context.services, input.proof
        if (password := sent(proof.password)) is not None:
            return SteppedUp(until=await stepup_proofs.by_password(caller, services, password))
        ceremony = sent(input.ceremony) or ""
        if (code := sent(proof.mailed_code)) is not None:
            return SteppedUp(until=await stepup_proofs.by_code(caller, services, ceremony, code))
        if (answer := sent(proof.passkey)) is not None:
            return SteppedUp(until=await stepup_proofs.by_passkey(caller, services, answer, ceremony))
        given = proofs.Proof(sent(proof.totp_code), sent(proof.recovery_code))
        return SteppedUp(until=await stepup_proofs.by_factor(caller, services, given))
