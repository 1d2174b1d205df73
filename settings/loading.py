"""The settings of this process, or what is wrong with them."""

import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from settings.settings import Settings

LONGEST_SHOWN = 60  # characters of a wrong value
DURATION = re.compile(r"datetime\.timedelta\((?:(days|seconds)=)?(\d+)\)")
OUR_WORDS = {
    "bool_parsing": "should be true or false",
    "int_parsing": "should be a whole number",
    "path_not_directory": "should be a folder that exists",
    "time_delta_parsing": "should be a number of seconds (900) or an ISO 8601 duration such as PT15M",
}


def load(**overrides: Any) -> Settings:
    """The settings of this process; where any is wrong it ends, naming every one and what would be right."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        wrong = [(_name(e), f"{_in_our_words(e)}{_given(e)}") for e in error.errors()]
    except UnicodeDecodeError:
        wrong = [(".env", "is no text in UTF-8")]
    except OSError as error:
        wrong = [(".env", f"cannot be read ({error.strerror})")]
    lines = [f"  {name:22} {reason}" for name, reason in wrong]
    raise SystemExit("\n".join(["Postern cannot start. Please mend these settings:", *lines]))


def _name(error: ErrorDetails) -> str:
    return str(error["loc"][0]).upper()  # of a list, the setting


def _given(error: ErrorDetails) -> str:
    """The value that is wrong, unless it is a secret or may hold one."""
    value, field = error["input"], Settings.model_fields[str(error["loc"][0])]
    secret = not field.repr or "SecretStr" in str(field.annotation) or "@" in str(value)
    shown = value and isinstance(value, str) and not secret
    return f" (it is {value[:LONGEST_SHOWN]!r})" if shown else ""


def _in_our_words(error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return OUR_WORDS.get(error["type"], DURATION.sub(lambda found: f"{found[2]} {found[1] or ''}".strip(), message))
