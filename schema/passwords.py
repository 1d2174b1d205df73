"""Passwords that are changed, and chosen anew where they are forgotten."""

from typing import Annotated

import strawberry

from edge import cookies
from resolvers import passwords
from schema.context import Info
from schema.inputs import ASKED_AGAIN, sent
from schema.permissions import Public, SignedIn
from schema.problems import (
    ExpiredToken,
    InvalidCredentials,
    InvalidInput,
    InvalidToken,
    StepUpNeeded,
    TooManyAttempts,
    result,
)


@strawberry.input(description="The old password and the new.")
class ChangePasswordInput:
    current_password: str | None = strawberry.field(default=strawberry.UNSET, description=ASKED_AGAIN)
    new_password: str = strawberry.field(
        description="At least 8 characters, more where the server asks for it, and not easy to guess."
    )


@strawberry.input(description="The first password of an account that has none.")
class SetPasswordInput:
    new_password: str = strawberry.field(
        description="At least 8 characters, more where the server asks for it, and not easy to guess."
    )


@strawberry.input(description="Whose password is forgotten.")
class RequestPasswordResetInput:
    email: str = strawberry.field(description="The account's address.")


@strawberry.input(description="The link that was clicked, and a new password.")
class ResetPasswordInput:
    token: str = strawberry.field(description="What follows `token=` in the email's link.")
    new_password: str = strawberry.field(
        description="At least 8 characters, more where the server asks for it, and not easy to guess."
    )


@strawberry.type(description="Every other session was closed, and the owner told by mail.")
class PasswordChanged:
    sessions_revoked: int = strawberry.field(description="How many those were.")


@strawberry.type(description="The same answer whether or not the address has an account.")
class PasswordResetSent:
    email: str = strawberry.field(description="The address in the one form that the server knows it by.")


@strawberry.type(description="The new password counts, every session is closed, and the address is confirmed.")
class PasswordReset:
    email: str = strawberry.field(description="The account's address.")
    device_token: str | None = strawberry.field(
        description="Names this device to this account, as after a login: whoever has locked the account by failing "
        "keeps nobody out who has read its mail. Null in cookie mode."
    )


ChangePasswordResult = Annotated[
    PasswordChanged | InvalidInput | InvalidCredentials | StepUpNeeded | TooManyAttempts,
    result("ChangePasswordResult"),
]
SetPasswordResult = Annotated[
    PasswordChanged | InvalidInput | StepUpNeeded | TooManyAttempts,
    result("SetPasswordResult"),
]
RequestPasswordResetResult = Annotated[
    PasswordResetSent | InvalidInput | TooManyAttempts,
    result("RequestPasswordResetResult"),
]
ResetPasswordResult = Annotated[
    PasswordReset | InvalidInput | InvalidToken | ExpiredToken | TooManyAttempts,
    result("ResetPasswordResult"),
]


@strawberry.type
class PasswordMutations:
    @strawberry.mutation(
        permission_classes=[SignedIn],
        description="Sets a new password, closes every other session and tells the owner by mail.",
    )
    async def change_password(self, info: Info, input: ChangePasswordInput) -> ChangePasswordResult:
        revoked = await passwords.change(
            info.context.caller,
            info.context.services,
            current_password=sent(input.current_password),
            new_password=input.new_password,
        )
        return PasswordChanged(sessions_revoked=revoked)

    @strawberry.mutation(
        permission_classes=[SignedIn], description="Gives an account without a password its first. Needs a step up."
    )
    async def set_password(self, info: Info, input: SetPasswordInput) -> SetPasswordResult:
        revoked = await passwords.set_first(info.context.caller, info.context.services, input.new_password)
        return PasswordChanged(sessions_revoked=revoked)

    @strawberry.mutation(permission_classes=[Public], description="Sends a link to choose a new password.")
    async def request_password_reset(self, info: Info, input: RequestPasswordResetInput) -> RequestPasswordResetResult:
        return PasswordResetSent(
            email=await passwords.request_reset(info.context.caller, info.context.services, input.email)
        )

    @strawberry.mutation(
        permission_classes=[Public],
        description="Sets a new password by the link in the email. Closes every session, confirms the address.",
    )
    async def reset_password(self, info: Info, input: ResetPasswordInput) -> ResetPasswordResult:
        context = info.context
        in_cookie = cookies.requested(context.request)
        reset = await passwords.reset(
            context.caller, context.services, token=input.token, new_password=input.new_password
        )
        if in_cookie:
            cookies.put_device(context.request, context.response, reset.device_token)
        return PasswordReset(email=reset.email, device_token=None if in_cookie else reset.device_token)
