"""Cookie mode: for browsers, the refresh token travels in a cookie that no script can read."""

from urllib.parse import urlsplit

from errors import Forbidden
from schema.context import Context
from settings import LOOPBACK, Settings

ASKED_FOR = "x-token-transport"  # a header of ours: another site's page cannot send it without our consent


def wanted(context: Context) -> bool:
    """Whether the client asks for cookie mode. Raises Forbidden where its page's origin is not allowed to."""
    if context.request.headers.get(ASKED_FOR, "").lower() != "cookie":
        return False
    _check_origin(context)
    return True


def token_in(context: Context) -> str:
    """The refresh token in the request's cookie, empty where there is none. Raises Forbidden."""
    token = context.request.cookies.get(_name(context.services.settings), "")
    if token:
        _check_origin(context)
    return token


def put(context: Context, refresh_token: str) -> None:
    """Have the browser keep the token, until the session would end for not being used."""
    settings = context.services.settings
    context.response.set_cookie(
        _name(settings),
        refresh_token,
        max_age=int(settings.session_idle_lifetime.total_seconds()),
        path="/",
        secure=_secure(settings),
        httponly=True,
        samesite="lax",
    )


def clear(context: Context) -> None:
    """Have the browser forget the token, where it sent one."""
    settings = context.services.settings
    if _name(settings) in context.request.cookies:
        context.response.delete_cookie(
            _name(settings), path="/", secure=_secure(settings), httponly=True, samesite="lax"
        )


def _check_origin(context: Context) -> None:
    settings = context.services.settings
    own = urlsplit(settings.public_url)
    if context.request.headers.get("origin") not in (f"{own.scheme}://{own.netloc}", *settings.cors_origins):
        raise Forbidden


def _name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host and to https (RFC 6265bis §4.1.3.2)."""
    return "__Host-postern-refresh" if _secure(settings) else "postern-refresh"


def _secure(settings: Settings) -> bool:
    url = urlsplit(settings.public_url)
    return settings.production or url.scheme == "https" or url.hostname not in LOOPBACK
