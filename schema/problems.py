"""The problems: refusals in GraphQL's words."""

from collections.abc import Callable
from enum import Enum
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

import errors
from edge.words import told
from schema.context import Info


@strawberry.interface(
    description="Why an operation did not do what it was asked. "
    "Ask for `... on Problem { __typename message }` to handle them all."
)
class Problem:
    message: str = strawberry.field(description="One sentence, fit for the person who asked.")


def _code(code: errors.InputErrorCode, description: str) -> Any:
    return strawberry.enum_value(code, description=description)


@strawberry.enum(
    description="What is wrong with an input, for programs: `message` says it to people, in their language."
)
class InputErrorCode(Enum):
    REQUIRED = _code(errors.InputErrorCode.REQUIRED, "It has to be there.")
    TOO_SHORT = _code(errors.InputErrorCode.TOO_SHORT, "It has too few characters.")
    TOO_LONG = _code(errors.InputErrorCode.TOO_LONG, "It has too many characters or bytes.")
    INVALID = _code(errors.InputErrorCode.INVALID, "It has not the form that it should have.")
    TOO_EASY_TO_GUESS = _code(errors.InputErrorCode.TOO_EASY_TO_GUESS, "A password that guessers try early.")
    BREACHED = _code(errors.InputErrorCode.BREACHED, "A password that is known from a breach.")
    UNKNOWN_LOCALE = _code(errors.InputErrorCode.UNKNOWN_LOCALE, "A language that the server has no texts in.")
    UNCHANGED = _code(errors.InputErrorCode.UNCHANGED, "It is what it was before.")
    TAKEN = _code(errors.InputErrorCode.TAKEN, "Somebody else has it.")


@strawberry.type(description="What is wrong with one input.")
class InputError:
    field: str = strawberry.field(description="The input's name, such as `password`.")
    message: str = strawberry.field(description="What would be right, fit for the person who typed it.")
    code: InputErrorCode = strawberry.field(description="What is wrong, for programs.")


@strawberry.type(description="One or more inputs are not acceptable; nothing was changed.")
class InvalidInput(Problem):
    errors: list[InputError] = strawberry.field(description="Every input that is not acceptable.")


@strawberry.type(description="Unknown address or wrong password: which of the two is never told.")
class InvalidCredentials(Problem):
    pass


@strawberry.enum(description="What somebody who is signed in can prove with that it is them.")
class StepUpMethod(Enum):
    PASSWORD = strawberry.enum_value(errors.StepUpMethod.PASSWORD, description="The account's password.")


@strawberry.type(
    description="What matters asks who is there: the same again with what `methods` names. "
    "Where it names nothing, after logging in again."
)
class StepUpNeeded(Problem):
    methods: list[StepUpMethod] = strawberry.field(description="What this account can prove itself with.")


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


def result(name: str) -> Any:
    """The union of a mutation's success and the problems that it can meet."""
    return strawberry.union(name, description="What was asked for, or the problem that kept it from happening.")


class Told:
    """Has every field whose union lists a problem answer with it where its refusal is raised (an ExceptionHandler)."""

    def __init__(self, refusal: type[errors.Refusal], problem: type[Problem], **facts: Callable[..., Any]) -> None:
        self.exception_type = refusal
        self.error_type = problem
        self._facts = facts

    def handle(self, exception: errors.Refusal, *, field: StrawberryField, info: Info) -> Problem:  # noqa: ARG002
        """The problem that tells of a refusal, in the caller's language."""
        locale = info.context.caller.locale
        facts = {name: fact(exception, locale) for name, fact in self._facts.items()}
        return self.error_type(message=told(exception, locale), **facts)


def _input_errors(refusal: errors.InvalidInput, locale: str) -> list[InputError]:
    return [
        InputError(code=InputErrorCode(error.code), field=error.field, message=told(error, locale))
        for error in refusal.errors
    ]


PROBLEMS = (
    Told(errors.InvalidInput, InvalidInput, errors=_input_errors),
    Told(errors.InvalidCredentials, InvalidCredentials),
    Told(errors.StepUpNeeded, StepUpNeeded, methods=lambda refusal, _: [StepUpMethod(one) for one in refusal.methods]),
    Told(errors.EmailNotConfirmed, EmailNotConfirmed),
    Told(errors.InvalidToken, InvalidToken),
    Told(errors.ExpiredToken, ExpiredToken),
    Told(errors.NotFound, NotFound),
    Told(errors.TooManyAttempts, TooManyAttempts, retry_after=lambda refusal, _: refusal.retry_after),
)
