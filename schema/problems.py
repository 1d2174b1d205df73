"""The problems: refusals in GraphQL's words."""

from enum import Enum
from typing import Any, Self

import strawberry
from strawberry.types.field import StrawberryField

import errors
import metrics
from edge.messages import message_of
from schema.context import Info

PROBLEMS: "list[ProblemHandler]" = []


@strawberry.interface(
    description="Why an operation did not do what it was asked. "
    "Ask for `... on Problem { __typename message }` to handle them all."
)
class Problem:
    message: str = strawberry.field(description="One sentence, fit for the person who asked.")

    def __init_subclass__(cls, *, refusal: type[errors.Refusal]) -> None:
        """Every field whose union lists this problem answers with it where the refusal is raised."""
        PROBLEMS.append(ProblemHandler(refusal, cls))

    @classmethod
    def facts(cls, refusal: Any, locale: str) -> dict[str, Any]:  # noqa: ARG003
        """What it says besides `message`."""
        return {}


class ProblemHandler:
    """Answers with a problem where its refusal is raised (Strawberry's ExceptionHandler)."""

    def __init__(self, refusal: type[errors.Refusal], problem: type[Problem]) -> None:
        self.exception_type = refusal
        self.error_type = problem

    def handle(self, exception: errors.Refusal, *, field: StrawberryField, info: Info) -> Problem:  # noqa: ARG002
        """The problem that tells of a refusal, in the caller's language."""
        metrics.problems.add(self.error_type.__name__)
        info.context.met_problem = True
        locale = info.context.caller.locale
        return self.error_type(message=message_of(exception, locale), **self.error_type.facts(exception, locale))


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

    @classmethod
    def of(cls, error: errors.InputError, locale: str) -> Self:
        """What it says in a language."""
        return cls(code=InputErrorCode(error.code), field=error.field, message=message_of(error, locale))


@strawberry.type(description="One or more inputs are not acceptable; nothing was changed.")
class InvalidInput(Problem, refusal=errors.InvalidInput):
    errors: list[InputError] = strawberry.field(description="Every input that is not acceptable.")

    @classmethod
    def facts(cls, refusal: Any, locale: str) -> dict[str, Any]:
        """What is wrong with each."""
        return {"errors": [InputError.of(error, locale) for error in refusal.errors]}


@strawberry.type(description="Unknown address or wrong password: which of the two is never told.")
class InvalidCredentials(Problem, refusal=errors.InvalidCredentials):
    pass


@strawberry.type(description="The code or the passkey is not the right one, or it was used before.")
class InvalidProof(Problem, refusal=errors.InvalidProof):
    pass


@strawberry.enum(description="What somebody who is signed in can prove with that it is them.")
class StepUpMethod(Enum):
    PASSWORD = strawberry.enum_value(errors.StepUpMethod.PASSWORD, description="The account's password.")
    TOTP = strawberry.enum_value(errors.StepUpMethod.TOTP, description="A code from an authenticator app.")
    PASSKEY = strawberry.enum_value(
        errors.StepUpMethod.PASSKEY, description="A passkey or a security key; options for it come from `startStepUp`."
    )
    RECOVERY_CODE = strawberry.enum_value(
        errors.StepUpMethod.RECOVERY_CODE, description="One of the codes that were shown once."
    )
    MAILED_CODE = strawberry.enum_value(
        errors.StepUpMethod.MAILED_CODE,
        description="A code that `startStepUp` sends to the account's address, where the account has nothing else.",
    )


@strawberry.type(
    description="What matters asks who is there. PASSWORD goes with the same again where that has a place for it; "
    "otherwise call `stepUp` with one of `methods`, and then the same again. "
    "Where it names nothing, log in again first."
)
class StepUpNeeded(Problem, refusal=errors.StepUpNeeded):
    methods: list[StepUpMethod] = strawberry.field(description="What this account can prove itself with.")

    @classmethod
    def facts(cls, refusal: errors.StepUpNeeded, locale: str) -> dict[str, Any]:  # noqa: ARG003
        """With what it can be proven."""
        return {"methods": [StepUpMethod(method) for method in refusal.methods]}


@strawberry.type(
    description="Somebody with the right to do so has closed this account. Only told to who has proven to be its owner."
)
class AccountDisabled(Problem, refusal=errors.AccountDisabled):
    pass


@strawberry.type(description="The password is that of a registration whose address is not confirmed yet.")
class EmailNotConfirmed(Problem, refusal=errors.EmailNotConfirmed):
    pass


@strawberry.type(description="Not a token of ours, already used for something else, or revoked.")
class InvalidToken(Problem, refusal=errors.InvalidToken):
    pass


@strawberry.type(description="Was a token of ours; its time is over. Ask for a new one.")
class ExpiredToken(Problem, refusal=errors.ExpiredToken):
    pass


@strawberry.type(description="There is nothing of that id, or it is not yours.")
class NotFound(Problem, refusal=errors.NotFound):
    pass


@strawberry.type(
    description="The account or the role may do what you may not, or it is your own, or nobody but you could undo it."
)
class NotAllowed(Problem, refusal=errors.NotAllowed):
    pass


@strawberry.type(
    description="Too many attempts for this account or from this address; try again after `retryAfter` seconds."
)
class TooManyAttempts(Problem, refusal=errors.TooManyAttempts):
    retry_after: int = strawberry.field(description="Seconds.")

    @classmethod
    def facts(cls, refusal: errors.TooManyAttempts, locale: str) -> dict[str, Any]:  # noqa: ARG003
        """When to come back."""
        return {"retry_after": refusal.retry_after}


def result(name: str) -> Any:
    """The union of a mutation's success and the problems that it can meet."""
    return strawberry.union(name, description="What was asked for, or the problem that kept it from happening.")
