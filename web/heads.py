"""Bounds on the parts of a request's head, before anything parses them."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from web.errors import http_error

LONGEST_PATH = 2048  # our own have less than 100 characters, and those of GraphiQL's files
MOST_HEADERS = 100  # browsers and proxies send 40
LONGEST_BYTES = 8 * 1024  # of all headers of one name together: as much as nginx lets through in one line
# Python's parser takes time that grows with the square of what is quoted in it; real ones have less than 100 bytes.
LONGEST = {b"content-type": 1024}


class Heads:
    """Turns away who sends a path or headers that are too long, or too many (RFC 9110 §15.5.15, RFC 6585 §5)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 414 or 431."""
        app = self._app
        if scope["type"] == "http" and (status := _refusal(scope)):
            app = await http_error(Request(scope), HTTPException(status))
        await app(scope, receive, send)


def _refusal(scope: Scope) -> int | None:
    sizes: dict[bytes, int] = {}
    for name, value in scope["headers"]:
        sizes[name] = sizes.get(name, 0) + len(value)
    if len(scope["headers"]) > MOST_HEADERS or any(
        size > LONGEST.get(name, LONGEST_BYTES) for name, size in sizes.items()
    ):
        return 431
    return 414 if len(scope["path"]) > LONGEST_PATH else None
