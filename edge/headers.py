"""Reading a header."""

from starlette.requests import HTTPConnection


def header(request: HTTPConnection, name: bytes) -> str:
    """The first header of that name, in small letters, and empty where there is none.

    Starlette's `Headers` would encode the name and decode every header, for each that is asked for.
    """
    for known, value in request.scope["headers"]:
        if known == name:
            told: str = value.decode("latin-1")
            return told
    return ""
