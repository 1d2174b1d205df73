"""The link that fills a code in: a button where the login was begun, the digits elsewhere."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from edge import cookies
from edge.callers import caller_of, locale_of, services_of
from edge.messages import message_of
from errors import AccountDisabled, ExpiredToken, InvalidProof, InvalidToken, Refusal
from resolvers import codes, logins, sessions
from resolvers.factors import SecondFactorNeeded
from resolvers.logins import Login
from web.links.bodies import FORM, Fields, form_fields, media_type
from web.links.page import is_foreign, shown_and_posted
from web.pages.rendering import page
from web.proofs import proof_of

PATH = "/login-code"


async def show(request: Request) -> Response:
    """The page that a letter links to. Logs nobody in."""
    code = codes.digits(request.query_params.get("code", ""))
    if not code:
        return _page(request, "login_code_invalid", 400)
    try:
        await codes.look(cookies.ticket_in(request))
    except (InvalidToken, ExpiredToken):
        return _page(request, "login_code_elsewhere", code=code)
    return _page(request, "login_code", code=code)


async def post(request: Request) -> Response:
    """Logs in where the login was begun, or asks for the second factor, which comes by the same form.

    Raises HTTPException: 403 for what a page of another origin sent, 415 for what is no form.
    """
    if is_foreign(request):
        raise HTTPException(403)
    if media_type(request) != FORM:
        raise HTTPException(415)
    fields = await form_fields(request)
    try:
        login = await (_proven(request, fields) if "proof" in fields else _identified(request, fields))
    except SecondFactorNeeded as needed:
        response = _page(request, "login_second_factor", refused=None)
        cookies.with_ticket(request, response, needed)
        return response
    except InvalidProof as refusal:
        return _wrong(request, fields, refusal)
    except (InvalidToken, ExpiredToken):
        return _page(request, "login_code_expired", 410)
    except AccountDisabled as refusal:
        return _page(request, "login_disabled", 403, told=message_of(refusal, locale_of(request)))
    return await _done(request, login)


async def _identified(request: Request, fields: Fields) -> Login:
    ticket, device_token = cookies.ticket_in(request), cookies.device_in(request)
    code = fields.get("code", "")
    return await codes.login(
        caller_of(request), services_of(request), ticket=ticket, code=code, device_token=device_token
    )


async def _proven(request: Request, fields: Fields) -> Login:
    ticket, proof = cookies.ticket_in(request), proof_of(fields["proof"])
    return await logins.finish(caller_of(request), services_of(request), ticket=ticket, proof=proof, remember=False)


def _wrong(request: Request, fields: Fields, refusal: Refusal) -> Response:
    """The form again for a second factor; a code comes from the letter, and is not typed here."""
    if "proof" not in fields:
        return _page(request, "login_code_invalid", 400)
    return _page(request, "login_second_factor", 422, refused=message_of(refusal, locale_of(request)))


async def _done(request: Request, login: Login) -> Response:
    response = _page(request, "login_code_used")
    tokens = await sessions.tokens_of(services_of(request), login.session)
    cookies.put_login(request, response, login, tokens.refresh_token)
    cookies.clear_ticket(request, response)
    return response


def _page(request: Request, name: str, status: int = 200, **context: Any) -> Response:
    settings = services_of(request).settings
    return page(name, locale=locale_of(request), settings=settings, status=status, **context)


ROUTES = [shown_and_posted(PATH, show, post)]
