"""What people do with their account."""

from typing import Any

import strawberry

from resolvers import accounts, emails, passwords
from schema.context import Info
from schema.inputs import (
    ChangePasswordInput,
    ConfirmEmailChangeInput,
    DeleteAccountInput,
    RequestEmailChangeInput,
    RequestPasswordResetInput,
    ResetPasswordInput,
    UndoEmailChangeInput,
    UpdateProfileInput,
)
from schema.permissions import Public, SignedIn
from schema.results import (
    AccountDeleted,
    ChangePasswordResult,
    ConfirmEmailChangeResult,
    DeleteAccountResult,
    EmailChanged,
    EmailChangeRequested,
    EmailChangeUndone,
    PasswordChanged,
    PasswordReset,
    PasswordResetSent,
    ProfileUpdated,
    RequestEmailChangeResult,
    RequestPasswordResetResult,
    ResetPasswordResult,
    UndoEmailChangeResult,
    UpdateProfileResult,
)
from schema.types import User


@strawberry.type
class AccountMutations:
    @strawberry.mutation(
        permission_classes=[SignedIn],
        description="Sets a new password, closes every other session and tells the owner by mail.",
    )
    async def change_password(self, info: Info, input: ChangePasswordInput) -> ChangePasswordResult:
        revoked = await passwords.change(
            info.context.services,
            info.context.client,
            info.context.signed_in,
            current_password=input.current_password,
            new_password=input.new_password,
        )
        return PasswordChanged(sessions_revoked=revoked)

    @strawberry.mutation(permission_classes=[Public], description="Sends a link to choose a new password.")
    async def request_password_reset(self, info: Info, input: RequestPasswordResetInput) -> RequestPasswordResetResult:
        return PasswordResetSent(
            email=await passwords.request_reset(info.context.services, info.context.client, input.email)
        )

    @strawberry.mutation(
        permission_classes=[Public],
        description="Sets a new password by the link in the letter. Closes every session, confirms the address.",
    )
    async def reset_password(self, info: Info, input: ResetPasswordInput) -> ResetPasswordResult:
        email = await passwords.reset(
            info.context.services, info.context.client, token=input.token, new_password=input.new_password
        )
        return PasswordReset(email=email)

    @strawberry.mutation(
        permission_classes=[SignedIn],
        description="Sends a link to a new address, and a notice with a way back to the old one.",
    )
    async def request_email_change(self, info: Info, input: RequestEmailChangeInput) -> RequestEmailChangeResult:
        new_email = await emails.request_change(
            info.context.services,
            info.context.client,
            info.context.signed_in,
            new_email=input.new_email,
            password=input.password,
        )
        return EmailChangeRequested(new_email=new_email)

    @strawberry.mutation(
        permission_classes=[Public], description="Gives the account the address that the link was sent to."
    )
    async def confirm_email_change(self, info: Info, input: ConfirmEmailChangeInput) -> ConfirmEmailChangeResult:
        return EmailChanged(email=await emails.confirm_change(info.context.services, info.context.client, input.token))

    @strawberry.mutation(
        permission_classes=[Public],
        description="From the notice that the old address gets: undoes the change and closes every session.",
    )
    async def undo_email_change(self, info: Info, input: UndoEmailChangeInput) -> UndoEmailChangeResult:
        return EmailChangeUndone(email=await emails.undo_change(info.context.services, input.token))

    @strawberry.mutation(permission_classes=[SignedIn], description="Changes the name or the language.")
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> UpdateProfileResult:
        given: dict[str, Any] = {"name": input.name, "locale": input.locale}
        changes = {name: value for name, value in given.items() if value is not strawberry.UNSET}
        return ProfileUpdated(user=User.of(await accounts.update_profile(info.context.signed_in.user, changes)))

    @strawberry.mutation(
        permission_classes=[SignedIn], description="Erases the account and all that hangs on it, at once."
    )
    async def delete_account(self, info: Info, input: DeleteAccountInput) -> DeleteAccountResult:
        deleted = await accounts.delete(info.context.services, info.context.signed_in.user, input.password)
        return AccountDeleted(id=strawberry.ID(deleted))
