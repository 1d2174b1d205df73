"""Cookie mode: for browsers, what they keep for us travels in cookies that no script can read."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from edge.callers import services_of
from edge.cookie_header import cookie
from errors import Forbidden
from resolvers import devices, factors, provider_logins, tickets
from resolvers.logins import Login
from settings import LOOPBACK, ServerSettings

REFRESH, DEVICE, TICKET, ATTEMPT, POSTED_ATTEMPT = "refresh", "device", "ticket", "login", "posted-login"
PageCookie = Literal["notice", "service", "linking"]
NOTICE: PageCookie = "notice"  # what was done, for the next page to tell
SERVICE: PageCookie = "service"  # what proves that a browser was sent to another service by a page of ours
LINKING: PageCookie = "linking"  # the ticket that links the service by which somebody came
NOTICE_LIFETIME = timedelta(minutes=1)
MODE_HEADER = "x-token-transport"  # a header of ours: another site's page cannot send it without our consent


def requested(request: Request) -> bool:
    """Whether the client asks for cookie mode. Raises Forbidden where its page's origin is not allowed to."""
    if request.headers.get(MODE_HEADER, "").lower() != "cookie":
        return False
    _check_origin(request)
    return True


def token_in(request: Request) -> str:
    """The refresh token in the request's cookie, empty where there is none. Raises Forbidden."""
    token = _kept(request, REFRESH)
    if token:
        _check_origin(request)
    return token


def session_in(request: Request) -> str:
    """The refresh token that a page of ours was asked for with, empty where there is none.

    Nothing is traded for it: who follows a link sends no origin, and what a form changes asks for one otherwise.
    """
    return _kept(request, REFRESH)


def device_in(request: Request) -> str:
    """The device token in the request's cookie, empty where there is none. It opens nothing."""
    return _kept(request, DEVICE)


def put(request: Request, response: Response, refresh_token: str) -> None:
    """Have the browser keep the token, until the session would end for not being used."""
    _keep(request, response, REFRESH, refresh_token, services_of(request).settings.session_idle_lifetime)


def put_device(request: Request, response: Response, device_token: str) -> None:
    """Have the browser keep the token that makes it a known device of the account."""
    _keep(request, response, DEVICE, device_token, devices.LIFETIME)


def put_login(request: Request, response: Response, login: Login, refresh_token: str) -> None:
    """Have the browser keep what a login has opened, and the device known, also where it was before."""
    put(request, response, refresh_token)
    put_device(request, response, login.device_token or device_in(request))


def with_ticket(request: Request, response: Response, needed: factors.SecondFactorNeeded) -> factors.SecondFactorNeeded:
    """Have the browser keep the ticket of a login between its steps: the same refusal without it."""
    assert needed.ticket  # noqa: S101 - whoever hears of it has one
    put_ticket(request, response, needed.ticket.token)
    return factors.SecondFactorNeeded(needed.methods, replace(needed.ticket, token=""), needed.passkey_options)


def put_ticket(request: Request, response: Response, ticket: str) -> None:
    """Have the browser keep a ticket, as long as it is good."""
    _keep(request, response, TICKET, ticket, tickets.LIFETIME)


def ticket_in(request: Request) -> str:
    """The ticket in the request's cookie, empty where there is none."""
    return _kept(request, TICKET)


def clear_ticket(request: Request, response: Response) -> None:
    """Have the browser forget the ticket, where it sent one."""
    _forget(request, response, TICKET)


def put_page(request: Request, response: Response, kind: PageCookie, value: str) -> None:
    """Have the browser keep what a page of ours needs on the next one: nothing that opens anything by itself."""
    _keep(request, response, kind, value, NOTICE_LIFETIME if kind == NOTICE else provider_logins.LIFETIME)


def page_in(request: Request, kind: PageCookie) -> str:
    """What that was, empty where there is none."""
    return _kept(request, kind)


def clear_page(request: Request, response: Response, kind: PageCookie) -> None:
    """Have the browser forget it, where it sent one."""
    _forget(request, response, kind)


def put_attempt(request: Request, response: Response, secret: str, *, posts: bool) -> None:
    """Have the browser keep what proves that it is the one which was sent to another service.

    Where that `posts` it back, the cookie has to come along with another site's form.
    """
    samesite: Literal["lax", "none"] = "none" if posts else "lax"
    _keep(request, response, _attempt(posts=posts), secret, provider_logins.LIFETIME, samesite=samesite)


def attempt_in(request: Request, *, posts: bool) -> str:
    """What the browser has kept of that, empty where there is none."""
    return _kept(request, _attempt(posts=posts))


def _attempt(*, posts: bool) -> str:
    return POSTED_ATTEMPT if posts else ATTEMPT


def clear(request: Request, response: Response) -> None:
    """Have the browser forget the refresh token, where it sent one."""
    _forget(request, response, REFRESH)


def _forget(request: Request, response: Response, kind: str) -> None:
    settings = services_of(request).settings
    if _kept(request, kind):
        name = _name(settings, kind)
        response.delete_cookie(name, path="/", secure=_secure(settings), httponly=True, samesite="lax")


def _kept(request: Request, kind: str) -> str:
    return cookie(request, _name(services_of(request).settings, kind))


def _keep(
    request: Request,
    response: Response,
    kind: str,
    token: str,
    lifetime: timedelta,
    *,
    samesite: Literal["lax", "none"] = "lax",
) -> None:
    settings = services_of(request).settings
    response.set_cookie(
        _name(settings, kind),
        token,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=_secure(settings),
        httponly=True,
        samesite=samesite,
    )


def _check_origin(request: Request) -> None:
    if not services_of(request).settings.allows_origin(request.headers.get("origin", "")):
        raise Forbidden


def _name(settings: ServerSettings, kind: str) -> str:
    """`__Host-` binds the cookie to this host and to https (RFC 6265bis §4.1.3.2)."""
    return f"__Host-postern-{kind}" if _secure(settings) else f"postern-{kind}"


def _secure(settings: ServerSettings) -> bool:
    url = urlsplit(settings.public_url)
    return settings.production or url.scheme == "https" or url.hostname not in LOOPBACK
