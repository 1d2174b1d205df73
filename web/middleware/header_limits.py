"""Bounds on the parts of a request's head, before anything parses them."""

from starlette.exceptions import HTTPException
from starlette.types import Scope

MAX_PATH_LENGTH = 2048  # our own have less than 100 characters, and those of GraphiQL's files
MAX_HEADERS = 100  # browsers and proxies send 40
MAX_BYTES = 8 * 1024  # of all headers of one name together: as much as nginx lets through in one line
# Python's parser takes time that grows with the square of what is quoted in it; real ones have less than 100 bytes.
MAX_BYTES_OF = {b"content-type": 1024}
LEAST = min(MAX_BYTES, *MAX_BYTES_OF.values())  # what has no more altogether is within all of them


def check(scope: Scope) -> None:
    """Raises HTTPException for a path or headers that are too long, or too many (RFC 9110 §15.5.15, RFC 6585 §5)."""
    headers = scope["headers"]
    if len(headers) > MAX_HEADERS or (sum([len(value) for _, value in headers]) > LEAST and _is_too_long(headers)):
        raise HTTPException(431)
    if len(scope["path"]) > MAX_PATH_LENGTH:
        raise HTTPException(414)


def _is_too_long(headers: list[tuple[bytes, bytes]]) -> bool:
    sizes: dict[bytes, int] = {}
    for name, value in headers:
        sizes[name] = sizes.get(name, 0) + len(value)
    return any(size > MAX_BYTES_OF.get(name, MAX_BYTES) for name, size in sizes.items())
