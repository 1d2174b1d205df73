"""JSON, by Pydantic's reader and writer: a sixth of the time of Python's, which has the last word."""

import json
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

BYTE_ORDER_MARK = "\ufeff"  # which a parser may ignore (RFC 8259 §8.1)


def _no_json(name: str) -> None:
    """Refuses NaN and the infinities, which Python reads and JSON has not."""
    raise ValueError(name)


_decoded = json.JSONDecoder(parse_constant=_no_json).decode
_encoded = json.JSONEncoder(separators=(",", ":")).encode


def decoded(text: bytes) -> Any:
    """What a JSON text in UTF-8 says. Raises ValueError, and RecursionError for what is nested too deeply."""
    try:
        return from_json(text, allow_inf_nan=False, cache_strings="keys")  # no values: they may be passwords
    except ValueError:  # what it does not take, Python's may: halves of characters, a byte order mark
        return _decoded(text.decode().removeprefix(BYTE_ORDER_MARK))


def encoded(value: Any) -> bytes:
    """The shortest JSON text of it, in UTF-8."""
    try:
        return to_json(value)
    except PydanticSerializationError:  # half a character
        return _encoded(value).encode()
