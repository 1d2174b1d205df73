"""Adding passkeys to an account, and taking them away."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from resolvers import passkeys
from schema.context import Info
from schema.factors import Passkey
from schema.inputs import sent
from schema.permissions import SignedIn
from schema.problems import (
    ExpiredToken,
    InvalidInput,
    InvalidProof,
    InvalidToken,
    NotFound,
    StepUpNeeded,
    result,
)
from schema.totp import SHOWN_ONCE


@strawberry.type(description="The browser's part comes now.")
class PasskeyRegistrationStarted:
    ceremony: str = strawberry.field(
        description="Goes to `addPasskey`, once and within ten minutes, from this session."
    )
    options: JSON = strawberry.field(
        description="For `navigator.credentials.create`: `PublicKeyCredential.parseCreationOptionsFromJSON` reads it."
    )
    expires_at: datetime = strawberry.field(description="When it stops being accepted (UTC).")


@strawberry.input(description="What the browser made.")
class AddPasskeyInput:
    ceremony: str = strawberry.field(description="From `startPasskeyRegistration`.")
    credential: JSON = strawberry.field(
        description="The answer of `navigator.credentials.create`, as its `toJSON` gives it."
    )
    name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What to call it. Where left out, what made it, such as `iCloud Keychain`.",
    )
    as_second_factor: bool = strawberry.field(
        default=False,
        description="Whether logins with the password ask for it from now on. Logging in with the passkey alone needs "
        "nothing more in either case.",
    )


@strawberry.type(description="The passkey can be used; every other session was closed, and the owner told by mail.")
class PasskeyAdded:
    passkey: Passkey = strawberry.field(description="What was added.")
    recovery_codes: list[str] | None = strawberry.field(description=f"{SHOWN_ONCE} Null unless these are the first.")


@strawberry.input(description="Which passkey, and what to call it.")
class RenamePasskeyInput:
    passkey_id: strawberry.ID = strawberry.field(description="From `me { passkeys { id } }`.")
    name: str = strawberry.field(description="What to call it.")


@strawberry.type(description="The passkey has its new name.")
class PasskeyRenamed:
    passkey: Passkey = strawberry.field(description="As it is now.")


@strawberry.input(description="Which passkey to take away.")
class RemovePasskeyInput:
    passkey_id: strawberry.ID = strawberry.field(description="From `me { passkeys { id } }`.")


@strawberry.type(description="It opens nothing any more; every other session was closed, and the owner told by mail.")
class PasskeyRemoved:
    accepted_credential_ids: list[str] = strawberry.field(
        description="For `PublicKeyCredential.signalAllAcceptedCredentials`, so that the device stops offering it."
    )


StartPasskeyRegistrationResult = Annotated[
    PasskeyRegistrationStarted | InvalidInput | StepUpNeeded,
    result("StartPasskeyRegistrationResult"),
]
AddPasskeyResult = Annotated[
    PasskeyAdded | InvalidInput | InvalidProof | InvalidToken | ExpiredToken | StepUpNeeded,
    result("AddPasskeyResult"),
]
RenamePasskeyResult = Annotated[
    PasskeyRenamed | InvalidInput | NotFound,
    result("RenamePasskeyResult"),
]
RemovePasskeyResult = Annotated[
    PasskeyRemoved | NotFound | StepUpNeeded,
    result("RemovePasskeyResult"),
]


@strawberry.type
class PasskeyMutations:
    @strawberry.mutation(permission_classes=[SignedIn], description="Begins to add a passkey. Needs a step up.")
    async def start_passkey_registration(self, info: Info) -> StartPasskeyRegistrationResult:
        started = await passkeys.start(info.context.caller, info.context.services)
        return PasskeyRegistrationStarted(
            ceremony=started.token,
            options=JSON(started.options),
            expires_at=started.expires_at,
        )

    @strawberry.mutation(
        permission_classes=[SignedIn], description="Adds the passkey that the browser has made. Needs a step up."
    )
    async def add_passkey(self, info: Info, input: AddPasskeyInput) -> AddPasskeyResult:
        added = await passkeys.add(
            info.context.caller,
            info.context.services,
            ceremony=input.ceremony,
            answer=input.credential,
            name=sent(input.name),
            second_factor=input.as_second_factor,
        )
        return PasskeyAdded(passkey=Passkey.of(added.passkey), recovery_codes=added.recovery_codes)

    @strawberry.mutation(permission_classes=[SignedIn], description="Gives a passkey another name.")
    async def rename_passkey(self, info: Info, input: RenamePasskeyInput) -> RenamePasskeyResult:
        renamed = await passkeys.rename(info.context.caller, input.passkey_id, input.name)
        return PasskeyRenamed(passkey=Passkey.of(renamed))

    @strawberry.mutation(permission_classes=[SignedIn], description="Takes a passkey away. Needs a step up.")
    async def remove_passkey(self, info: Info, input: RemovePasskeyInput) -> RemovePasskeyResult:
        left = await passkeys.remove(info.context.caller, info.context.services, input.passkey_id)
        return PasskeyRemoved(accepted_credential_ids=left)
