"""The REST shim behind the link in the letter: opening it shows a page, only a click confirms."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from errors import ExpiredToken, InvalidToken
from resolvers import confirmations
from resolvers.services import Services
from web.errors import locale_of
from web.pages import page

# A page tells by its status, too, what became of the link; HTTP has no word for "expired" but Gone.
STATUS = {
    "confirm_email": 200,
    "confirmed": 200,
    "already_confirmed": 200,
    "expired": 410,
    "invalid": 400,
    "resent": 200,
}


async def show(request: Request) -> Response:
    """The page that the letter links to. Changes nothing, unless CONFIRM_ON_GET says that the link itself confirms."""
    token = request.query_params.get("token", "")
    on_get = request.method == "GET" and _services(request).settings.confirm_on_get
    outcome, email = await (_confirmed(token) if on_get else _looked(token))
    return _page(request, outcome, email, token)


async def act(request: Request) -> Response:
    """Confirms, or sends a new letter where an expired link's page asks for it. A form gets a page, JSON gets JSON."""
    if request.headers.get("content-type", "").partition(";")[0].strip() == "application/json":
        return await _act_for_program(request)
    async with request.form() as form:
        token, again = str(form.get("token", "")), "resend" in form
    outcome, email = await (_resent(request, token) if again else _confirmed(token))
    return _page(request, outcome, email, token)


async def _act_for_program(request: Request) -> Response:
    try:
        body = await request.json()
        token = body["token"]
    except (ValueError, RecursionError, KeyError, TypeError):
        token = None
    if not isinstance(token, str):
        return JSONResponse({"status": "invalid"}, 400)
    outcome, email = await _confirmed(token)
    return JSONResponse({"status": outcome} | ({"email": email} if email else {}), STATUS[outcome])


async def _looked(token: str) -> tuple[str, str | None]:
    try:
        link = await confirmations.look(token)
    except (InvalidToken, ExpiredToken) as refusal:
        return _outcome(refusal), None
    return "already_confirmed" if link.already else "confirm_email", link.email


async def _confirmed(token: str) -> tuple[str, str | None]:
    try:
        confirmed = await confirmations.confirm(token)
    except (InvalidToken, ExpiredToken) as refusal:
        return _outcome(refusal), None
    return "already_confirmed" if confirmed.already else "confirmed", confirmed.email


async def _resent(request: Request, token: str) -> tuple[str, str | None]:
    services = _services(request)
    try:
        link = await confirmations.resend_same(services.settings, services.outbox, token)
    except InvalidToken as refusal:
        return _outcome(refusal), None
    return "already_confirmed" if link.already else "resent", link.email


def _outcome(refusal: InvalidToken | ExpiredToken) -> str:
    return "expired" if isinstance(refusal, ExpiredToken) else "invalid"


def _page(request: Request, outcome: str, email: str | None, token: str) -> Response:
    settings = _services(request).settings
    return page(outcome, locale=locale_of(request), settings=settings, status=STATUS[outcome], email=email, token=token)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services
