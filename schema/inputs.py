"""What the operations take."""

import strawberry


@strawberry.input(description="A new account.")
class RegisterInput:
    email: str = strawberry.field(description="Where the letter with the link goes.")
    password: str = strawberry.field(description="At least 8 characters, and not easy to guess.")
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
    password: str = strawberry.field(description="The password, exactly as registered.")
