"""Bounds on the parts of a request's head, before anything parses them."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from web.errors import http_error

MAX_PATH_LENGTH = 2048  # our own have less than 100 characters, and those of GraphiQL's files
MAX_HEADERS = 100  # browsers and proxies send 40
MAX_BYTES = 8 * 1024  # of all headers of one name together: as much as nginx lets through in one line
# Python's parser takes time that grows with the square of what is quoted in it; real ones have less than 100 bytes.
MAX_BYTES_OF = {b"content-type": 1024}


class HeaderLimits:
    """Turns away who sends a path or headers that are too long, or too many (RFC 9110 §15.5.15, RFC 6585 §5)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 414 or 431."""
        app = self._app
        if scope["type"] == "http" and (status := _refusal_status(scope)):
            app = await http_error(Request(scope), HTTPException(status))
        await app(scope, receive, send)


def _refusal_status(scope: Scope) -> int | None:
    sizes: dict[bytes, int] = {}
    for name, value in scope["headers"]:
        sizes[name] = sizes.get(name, 0) + len(value)
    if len(scope["headers"]) > MAX_HEADERS or any(
        size > MAX_BYTES_OF.get(name, MAX_BYTES) for name, size in sizes.items()
    ):
        return 431
    return 414 if len(scope["path"]) > MAX_PATH_LENGTH else None
