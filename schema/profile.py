"""What people do with their account as a whole."""

from typing import Annotated, Any

import strawberry

from resolvers import profile
from schema.context import Info
from schema.inputs import ASKED_AGAIN, sent
from schema.permissions import SignedIn
from schema.problems import (
    InvalidCredentials,
    InvalidInput,
    StepUpNeeded,
    TooManyAttempts,
    result,
)
from schema.types import User


@strawberry.input(description="What to change; what is left out stays as it is.")
class UpdateProfileInput:
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Null takes the name away.")
    locale: str | None = strawberry.field(default=strawberry.UNSET, description="`en`, `de` or `fr`.")


@strawberry.input(description="To make sure that it is the owner who asks.")
class DeleteAccountInput:
    password: str | None = strawberry.field(default=strawberry.UNSET, description=ASKED_AGAIN)


@strawberry.type(description="The profile is written.")
class ProfileUpdated:
    user: User = strawberry.field(description="The account as it is now.")


@strawberry.type(description="The account and all that hung on it is gone.")
class AccountDeleted:
    id: strawberry.ID = strawberry.field(description="What the account's id was.")


UpdateProfileResult = Annotated[
    ProfileUpdated | InvalidInput,
    result("UpdateProfileResult"),
]
DeleteAccountResult = Annotated[
    AccountDeleted | InvalidCredentials | StepUpNeeded | TooManyAttempts,
    result("DeleteAccountResult"),
]


@strawberry.type
class ProfileMutations:
    @strawberry.mutation(permission_classes=[SignedIn], description="Changes the name or the language.")
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> UpdateProfileResult:
        given: dict[str, Any] = {"name": input.name, "locale": input.locale}
        changes = {name: value for name, value in given.items() if value is not strawberry.UNSET}
        return ProfileUpdated(user=User.of(await profile.update(info.context.caller, changes)))

    @strawberry.mutation(
        permission_classes=[SignedIn], description="Erases the account and all that hangs on it, at once."
    )
    async def delete_account(self, info: Info, input: DeleteAccountInput) -> DeleteAccountResult:
        deleted = await profile.delete(info.context.caller, info.context.services, sent(input.password))
        return AccountDeleted(id=strawberry.ID(deleted))
