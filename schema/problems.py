"""The problems: refusals in GraphQL's words."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

import errors
from schema.context import Info


@strawberry.interface(
    description="Why an operation did not do what it was asked. "
    "Ask for `... on Problem { __typename message }` to handle them all."
)
class Problem:
    message: str = strawberry.field(description="One sentence, fit for the person who asked.")


@strawberry.type(description="What is wrong with one input.")
class InputError:
    field: str = strawberry.field(description="The input's name, such as `password`.")
    message: str = strawberry.field(description="What would be right, fit for the person who typed it.")


@strawberry.type(description="One or more inputs are not acceptable; nothing was changed.")
class InvalidInput(Problem):
    errors: list[InputError] = strawberry.field(description="Every input that is not acceptable.")


@strawberry.type(description="Unknown address or wrong password: which of the two is never told.")
class InvalidCredentials(Problem):
    pass


@strawberry.type(description="The password is that of a registration whose address is not confirmed yet.")
class EmailNotConfirmed(Problem):
    pass


@strawberry.type(description="Not a token of ours, already used for something else, or revoked.")
class InvalidToken(Problem):
    pass


@strawberry.type(description="Was a token of ours; its time is over. Ask for a new one.")
class ExpiredToken(Problem):
    pass


@strawberry.type(description="There is nothing of that id, or it is not yours.")
class NotFound(Problem):
    pass


@strawberry.type(
    description="Too many attempts for this account or from this address; try again after `retryAfter` seconds."
)
class TooManyAttempts(Problem):
    retry_after: int = strawberry.field(description="Seconds.")


class Told:
    """Has every field whose union lists a problem answer with it where its refusal is raised (an ExceptionHandler)."""

    def __init__(self, refusal: type[errors.Refusal], problem: type[Problem], **facts: Callable[[Any], Any]) -> None:
        self.exception_type = refusal
        self.error_type = problem
        self._facts = facts

    def handle(self, exception: errors.Refusal, *, field: StrawberryField, info: Info) -> Problem:  # noqa: ARG002
        """The problem that tells of a refusal."""
        return self.error_type(message=str(exception), **{name: fact(exception) for name, fact in self._facts.items()})


def _input_errors(errors: list[tuple[str, str]]) -> list[InputError]:
    return [InputError(field=field, message=message) for field, message in errors]


PROBLEMS = (
    Told(errors.InvalidInput, InvalidInput, errors=lambda refusal: _input_errors(refusal.errors)),
    Told(errors.InvalidCredentials, InvalidCredentials),
    Told(errors.EmailNotConfirmed, EmailNotConfirmed),
    Told(errors.InvalidToken, InvalidToken),
    Told(errors.ExpiredToken, ExpiredToken),
    Told(errors.NotFound, NotFound),
    Told(errors.TooManyAttempts, TooManyAttempts, retry_after=lambda refusal: refusal.retry_after),
)
