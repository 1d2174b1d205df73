"""What every part of the settings is made of: fields that are checked each by itself, and rules among them."""

from collections.abc import Callable
from functools import cache
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

Method = TypeVar("Method", bound=Callable[[Any], object])
Known = TypeVar("Known", bound=BaseModel)


def rule(method: Method) -> Method:
    """Marks what says the last value of a setting once all are read: `_port` that of `port`.

    It raises ValueError where the setting does not go with the others.
    """
    vars(method)["is_rule"] = True
    return method


class Part(BaseModel, frozen=True, defer_build=True):
    """The settings of a subject. Whichever reads another's inherits them: their rules come first, then its own."""

    @model_validator(mode="wrap")
    @classmethod
    def _settled(cls, given: dict[str, Any], read: ModelWrapValidatorHandler[Self]) -> Self:
        """Raises ValidationError of everything that is wrong, and of nothing that only hangs on it."""
        known, errors = _known(given, read)
        for name, last_value in _rules(cls):
            try:
                known.__dict__[name] = last_value(known)
            except (AttributeError, ValueError) as error:
                known.__dict__.pop(name, None)
                if isinstance(error, ValueError):
                    errors.append(_error((name,), given.get(name), "value_error", str(error)))
                elif not errors:  # or it has asked for one that is wrong
                    raise
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return known


def _known(given: dict[str, Any], read: ModelWrapValidatorHandler[Known]) -> tuple[Known, list[InitErrorDetails]]:
    """The settings without those that are wrong by themselves, and what is wrong with these."""
    try:
        return read(given), []
    except ValidationError as error:
        errors = [_error(e["loc"], e["input"], e["type"], e["msg"]) for e in error.errors()]
    wrong = {str(error["loc"][0]) for error in errors}
    known = read({name: value for name, value in given.items() if name not in wrong})
    for name in wrong:
        del known.__dict__[name]
    return known, errors


@cache
def _rules(part: type[Part]) -> list[tuple[str, Callable[[Any], object]]]:
    methods = [item for base in reversed(part.__mro__) for item in vars(base).items()]
    return [(name.removeprefix("_"), method) for name, method in methods if getattr(method, "is_rule", False)]


def _error(location: tuple[int | str, ...], given: object, kind: str, message: str) -> InitErrorDetails:
    return {"type": PydanticCustomError(kind, message), "loc": location, "input": given}
