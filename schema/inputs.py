"""What the operations take."""

import strawberry


@strawberry.input(description="A new account.")
class RegisterInput:
    email: str = strawberry.field(description="Where the letter with the link goes.")
    password: str = strawberry.field(
        description="At least 8 characters, more where the server asks for it, and not easy to guess."
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description="What the person wants to be called.")
    locale: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The language of letters: `en`, `de` or `fr`. Where left out, what the browser asks for.",
    )


@strawberry.input(description="Whose link was lost or has expired.")
class ResendConfirmationInput:
    email: str = strawberry.field(description="The address that was registered.")


@strawberry.input(description="The link that was clicked.")
class ConfirmEmailInput:
    token: str = strawberry.field(description="What follows `token=` in the letter's link.")


@strawberry.input(description="Who wants to log in.")
class LoginInput:
    email: str = strawberry.field(description="The address, in any mix of capitals.")
    password: str = strawberry.field(description="The account's password.")


@strawberry.input(description="The token to trade.")
class RefreshInput:
    refresh_token: str = strawberry.field(description="The newest refresh token of the session.")


@strawberry.input(description="Which session to close.")
class RevokeSessionInput:
    session_id: strawberry.ID = strawberry.field(description="From `me { sessions { id } }`.")


@strawberry.input(description="The old password and the new.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="Asked again: a session may be left open somewhere.")
    new_password: str = strawberry.field(
        description="At least 8 characters, more where the server asks for it, and not easy to guess."
    )


@strawberry.input(description="Whose password is forgotten.")
class RequestPasswordResetInput:
    email: str = strawberry.field(description="The account's address.")


@strawberry.input(description="The link that was clicked, and a new password.")
class ResetPasswordInput:
    token: str = strawberry.field(description="What follows `token=` in the letter's link.")
    new_password: str = strawberry.field(
        description="At least 8 characters, more where the server asks for it, and not easy to guess."
    )


@strawberry.input(description="Another address for the account.")
class RequestEmailChangeInput:
    new_email: str = strawberry.field(description="Where the letter with the link goes.")
    password: str = strawberry.field(description="Asked again: a session may be left open somewhere.")


@strawberry.input(description="The link in the letter to the new address.")
class ConfirmEmailChangeInput:
    token: str = strawberry.field(description="What follows `token=` in the letter's link.")


@strawberry.input(description="The link in the notice to the old address.")
class UndoEmailChangeInput:
    token: str = strawberry.field(description="What follows `token=` in the letter's link.")


@strawberry.input(description="What to change; what is left out stays as it is.")
class UpdateProfileInput:
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Null takes the name away.")
    locale: str | None = strawberry.field(default=strawberry.UNSET, description="`en`, `de` or `fr`.")


@strawberry.input(description="To make sure that it is the owner who asks.")
class DeleteAccountInput:
    password: str = strawberry.field(description="Asked again: a session may be left open somewhere.")
