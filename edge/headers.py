"""Reading a header."""

from starlette.requests import HTTPConnection
from starlette.types import Scope

KNOWN = "postern.headers"  # in the scope


def header(request: HTTPConnection, name: bytes) -> str:
    """The first header of that name, in small letters, and empty where there is none.

    Starlette's `Headers` would encode the name and decode every header, for each that is asked for.
    """
    return headers(request.scope).get(name, b"").decode("latin-1")


def headers(scope: Scope) -> dict[bytes, bytes]:
    """The request's headers by their names, the first of each; made once a request."""
    known: dict[bytes, bytes] | None = scope.get(KNOWN)
    if known is None:
        known = scope[KNOWN] = dict(reversed(scope["headers"]))
    return known
