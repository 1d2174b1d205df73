"""Setting second factors up, and taking them away."""

from datetime import datetime
from typing import Annotated

import strawberry

from resolvers import devices, recovery, totp
from schema.context import Info
from schema.permissions import SignedIn
from schema.problems import ExpiredToken, InvalidProof, NotFound, StepUpNeeded, TooManyAttempts, result

SHOWN_ONCE = "Ten codes to print or put away; they are not shown again."


@strawberry.type(description="Scan this, and confirm it with a code. Nothing is asked for at login before that.")
class TotpStarted:
    secret: str = strawberry.field(
        description="The secret in base32, for those who cannot scan. It is not shown again."
    )
    uri: str = strawberry.field(description="The same as an `otpauth:` address.")
    qr_code: str = strawberry.field(description="The same as a QR code: an SVG in a `data:` address.")
    expires_at: datetime = strawberry.field(description="When it has to be confirmed by (UTC).")


@strawberry.input(description="The first code of the new secret.")
class ConfirmTotpInput:
    code: str = strawberry.field(description="The six digits that the authenticator app shows now.")


@strawberry.type(
    description="Logins ask for it from now on; every other session was closed, and the owner told by mail."
)
class TotpConfirmed:
    recovery_codes: list[str] | None = strawberry.field(
        description=f"{SHOWN_ONCE} Null where the account has some already."
    )
    sessions_revoked: int = strawberry.field(description="How many other sessions were closed.")


@strawberry.type(
    description="Logins do not ask for it any more; every other session was closed, and the owner told by mail."
)
class TotpRemoved:
    second_factor_left: bool = strawberry.field(description="Whether the account has another second factor.")


@strawberry.type(description="The codes that were there before are worth nothing any more.")
class RecoveryCodesCreated:
    recovery_codes: list[str] = strawberry.field(description=SHOWN_ONCE)


@strawberry.type(description="No device is remembered any more: each asks for the second factor at its next login.")
class DevicesForgotten:
    count: int = strawberry.field(description="How many those were.")


StartTotpResult = Annotated[
    TotpStarted | StepUpNeeded,
    result("StartTotpResult"),
]
ConfirmTotpResult = Annotated[
    TotpConfirmed | InvalidProof | ExpiredToken | StepUpNeeded | TooManyAttempts,
    result("ConfirmTotpResult"),
]
RemoveTotpResult = Annotated[
    TotpRemoved | NotFound | StepUpNeeded,
    result("RemoveTotpResult"),
]
CreateRecoveryCodesResult = Annotated[
    RecoveryCodesCreated | NotFound | StepUpNeeded,
    result("CreateRecoveryCodesResult"),
]


@strawberry.type
class FactorMutations:
    @strawberry.mutation(
        permission_classes=[SignedIn], description="Makes a secret for an authenticator app. Needs a step up."
    )
    async def start_totp(self, info: Info) -> StartTotpResult:
        started = await totp.start(info.context.caller, info.context.services)
        return TotpStarted(
            secret=started.secret, uri=started.uri, qr_code=started.qr_code, expires_at=started.expires_at
        )

    @strawberry.mutation(permission_classes=[SignedIn], description="Switches the authenticator app on.")
    async def confirm_totp(self, info: Info, input: ConfirmTotpInput) -> ConfirmTotpResult:
        confirmed = await totp.confirm(info.context.caller, info.context.services, input.code)
        return TotpConfirmed(recovery_codes=confirmed.recovery_codes, sessions_revoked=confirmed.closed)

    @strawberry.mutation(
        permission_classes=[SignedIn], description="Takes the authenticator app away. Needs a step up."
    )
    async def remove_totp(self, info: Info) -> RemoveTotpResult:
        return TotpRemoved(second_factor_left=await totp.remove(info.context.caller, info.context.services))

    @strawberry.mutation(
        permission_classes=[SignedIn],
        description="Makes ten new recovery codes in place of those there are. Needs a step up.",
    )
    async def create_recovery_codes(self, info: Info) -> CreateRecoveryCodesResult:
        return RecoveryCodesCreated(recovery_codes=await recovery.create(info.context.caller, info.context.services))

    @strawberry.mutation(
        permission_classes=[SignedIn],
        description="Has every remembered device ask for the second factor again.",
    )
    async def forget_devices(self, info: Info) -> DevicesForgotten:
        return DevicesForgotten(count=await devices.forget_remembered(info.context.caller))
