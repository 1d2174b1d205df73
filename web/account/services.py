"""Other services: logging in with one, and those that open one's account."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from edge import cookies
from errors import EmailNotConfirmed, ExpiredToken, InvalidToken, NotFound, Refusal
from resolvers import factors, identities, identity_logins, linking, page_ways
from web.account import logins
from web.account.answers import onward, shown
from web.account.page import AccountPage, known_return, told
from web.account.visit import Visit, visit_of
from web.other_services import check_method, check_navigation

PATH = "/account/services"
FAILURES = {"denied": "service_denied", "failed": "service_failed", "expired": "login_ended"}


async def leave(request: Request) -> Response:
    """Sends a browser off to log in with another service. Raises HTTPException, UnknownReturn."""
    check_method(request)
    check_navigation(request)
    visit = await visit_of(request)
    verifier = page_ways.verifier(_kept(request)[0])
    try:
        url = page_ways.to_log_in(visit.services, request.path_params["provider"], verifier)
    except NotFound:
        raise HTTPException(404) from None
    response = RedirectResponse(url, 303, headers={"Cache-Control": "no-store"})
    _keep(visit, response, verifier)
    return response


async def come_back(request: Request) -> Response:
    """Logs in whom a service has sent back, with what the browser was sent with. Raises HTTPException.

    By GET, as a service sends no other: nobody but this very browser has the verifier that makes anything of the code.
    """
    check_method(request)
    verifier, query = _kept(request)
    visit = await visit_of(request, {name: values[0] for name, values in parse_qs(query).items()})
    if error := request.query_params.get("error"):
        return onward(visit, "/login", FAILURES.get(error, "service_failed"))
    try:
        response = await _exchanged(visit, request.query_params.get("code", ""), verifier)
    except (InvalidToken, ExpiredToken):
        response = onward(visit, "/login", "login_ended")
    except EmailNotConfirmed:
        response = onward(visit, "/register/sent")
    except identity_logins.IdentityNotLinked as refusal:
        response = onward(visit, "/login", "not_linked", visit.settings.provider_name(refusal.provider))
        cookies.put_page(request, response, cookies.LINKING, f"{refusal.ticket}:{refusal.provider}")
    except Refusal as refusal:
        response = await logins.refused(visit, refusal)
    cookies.clear_page(request, response, cookies.SERVICE)
    return response


async def _exchanged(visit: Visit, code: str, verifier: str) -> Response:
    device_token = cookies.device_in(visit.request)
    try:
        login = await identity_logins.exchange(
            visit.caller, visit.services, code=code, code_verifier=verifier, device_token=device_token
        )
    except factors.SecondFactorNeeded as needed:
        return logins.second_step(visit, needed)
    return await logins.opened(visit, login)


async def _shown(visit: Visit) -> dict[str, Any]:
    settings, rows = visit.settings, await identities.of(visit.user.id)
    linked = [{"id": row.id, "name": settings.provider_name(row.provider), "row": row} for row in rows]
    _, _, waiting = cookies.page_in(visit.request, cookies.LINKING).partition(":")
    return {
        "linked": linked,
        "providers": settings.providers,
        "waiting": settings.provider_name(waiting) if waiting in visit.services.providers else "",
    }


async def _link(visit: Visit) -> Response:
    """The page that leads on to the service: a form itself may lead to no other site."""
    _, back = visit.settings.own_return_urls
    verifier = page_ways.verifier(_kept(visit.request)[0])
    challenge, provider = page_ways.challenge(verifier), visit.typed("provider")
    url = await linking.start(visit.caller, visit.services, provider, return_to=back, code_challenge=challenge)
    response = shown(visit, "leaving", url=url, service=visit.settings.provider_name(provider))
    _keep(visit, response, verifier)
    return response


async def linked(request: Request) -> Response:
    """Links what the service has sent a browser back with, to the account of the session that had it sent there."""
    check_method(request)
    verifier, query = _kept(request)
    visit = await visit_of(request, {name: values[0] for name, values in parse_qs(query).items()})
    if not visit.caller.session:
        return onward(replace(visit, next=PATH), "/login", "log_in_first")
    if error := request.query_params.get("error"):
        return onward(visit, PATH, FAILURES.get(error, "service_failed"))
    code = request.query_params.get("code", "")
    try:
        await linking.finish(visit.caller, visit.services, code=code, code_verifier=verifier)
        response = onward(visit, PATH, "service_linked")
    except Refusal as refusal:
        response = shown(visit, "services", refusal=refusal, errors=told(visit, refusal, {}), **await _shown(visit))
    cookies.clear_page(request, response, cookies.SERVICE)
    return response


async def _link_waiting(visit: Visit) -> Response:
    ticket, _, _ = cookies.page_in(visit.request, cookies.LINKING).partition(":")
    await linking.by_ticket(visit.caller, visit.services, ticket)
    response = onward(visit, PATH, "service_linked")
    cookies.clear_page(visit.request, response, cookies.LINKING)
    return response


async def _unlink(visit: Visit) -> Response:
    await identities.unlink(visit.caller, visit.services, visit.typed("id"))
    return onward(visit, PATH, "service_unlinked")


def _keep(visit: Visit, response: Response, verifier: str) -> None:
    """The verifier, and where its visitor wants to go on to, which no other service need know."""
    wanted = urlencode({"return_to": visit.return_to, "next": visit.next})
    cookies.put_page(visit.request, response, cookies.SERVICE, f"{verifier}:{quote(wanted, safe='')}")


def _kept(request: Request) -> tuple[str, str]:
    verifier, _, wanted = cookies.page_in(request, cookies.SERVICE).partition(":")
    return verifier, unquote(wanted)


PAGES = (
    AccountPage(
        path=PATH,
        template="services",
        acts={"link": _link, "link_waiting": _link_waiting, "unlink": _unlink},
        known=_shown,
    ),
)
ROUTES = (
    Route("/login/with/{provider}", known_return(leave)),
    Route("/login/back", known_return(come_back)),
    Route(f"{PATH}/back", known_return(linked)),
)
