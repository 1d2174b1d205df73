"""The addresses by which a browser goes to another service, and comes back."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from edge import cookies
from edge.callers import caller_of, services_of
from errors import ExpiredToken, InvalidToken, NotFound
from resolvers import provider_logins
from web.links.bodies import FORM, form_fields, media_type


async def leave(request: Request) -> Response:
    """Sends the browser to the service. Raises HTTPException where it is none, InvalidInput, TooManyAttempts."""
    check_method(request)
    check_navigation(request)
    services, given = services_of(request), request.query_params
    return_to, code_challenge, link = (given.get(name, "") for name in ("return_to", "code_challenge", "link"))
    try:
        asked = provider_logins.asked(services, request.path_params["provider"], return_to, code_challenge)
        secret = cookies.attempt_in(request, posts=_posts(request))
        sent = await provider_logins.send(caller_of(request), services, asked, link=link, secret=secret)
    except NotFound:
        raise HTTPException(404) from None
    except (InvalidToken, ExpiredToken):
        raise HTTPException(400) from None
    response = _redirect(sent.url)
    cookies.put_attempt(request, response, sent.secret, posts=sent.posts)
    return response


async def come_back(request: Request) -> Response:
    """Sends the browser on to the frontend."""
    check_method(request)
    return await _came_back(request, request.query_params)


async def come_back_by_form(request: Request) -> Response:
    """The same, for a service that has the browser post a form."""
    if not _posts(request):
        raise HTTPException(405, headers={"Allow": "GET"})
    if media_type(request) != FORM:
        raise HTTPException(415)
    return await _came_back(request, await form_fields(request))


ROUTES = (
    Route("/auth/{provider}", leave),
    Route("/auth/{provider}/callback", come_back),
    Route("/auth/{provider}/callback", come_back_by_form, methods=["POST"]),
)


async def _came_back(request: Request, fields: Mapping[str, str]) -> Response:
    """Raises HTTPException (400) where the browser was not sent, or comes again: nobody knows where to then."""
    secret = cookies.attempt_in(request, posts=_posts(request))
    try:
        url = await provider_logins.come_back(
            caller_of(request), services_of(request), request.path_params["provider"], secret=secret, came_back=fields
        )
    except InvalidToken:
        raise HTTPException(400) from None
    return _redirect(url)


def _posts(request: Request) -> bool:
    provider = services_of(request).providers.get(request.path_params["provider"])
    return provider is not None and provider.posts


def check_method(request: Request) -> None:
    """Raises HTTPException for HEAD, which Starlette takes for GET: this one changes something."""
    if request.method != "GET":
        raise HTTPException(405, headers={"Allow": "GET"})


def check_navigation(request: Request) -> None:
    """Raises HTTPException (400) for what is no page of its own: a picture of a foreign page would use up the limit."""
    known = request.headers  # of every browser to a TLS address (Fetch Metadata); programs send neither
    if known.get("sec-fetch-mode", "navigate") != "navigate" or known.get("sec-fetch-dest", "document") != "document":
        raise HTTPException(400)


def _redirect(url: str) -> Response:
    return RedirectResponse(url, 303, headers={"Cache-Control": "no-store"})
