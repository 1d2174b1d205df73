"""Reading a cookie."""

from starlette.requests import Request


def cookie(request: Request, name: str) -> str:
    """The value of a cookie as it was sent (RFC 6265 §5.4), empty where there is none.

    `Request.cookies` unquotes all of them with `http.cookies`, in time that grows with the square of their length
    before Python 3.12.6 (CVE-2024-7592); no cookie of ours is quoted.
    """
    pairs = (pair.partition("=") for header in request.headers.getlist("cookie") for pair in header.split(";"))
    return {known.strip(): value.strip() for known, _, value in pairs}.get(name, "")
