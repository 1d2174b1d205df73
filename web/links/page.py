"""A page that letters link to: opening it shows what is waiting, only posting acts. For programs it speaks JSON."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge import cookies
from edge.callers import caller_of, locale_of, services_of
from edge.messages import message_of
from errors import ExpiredToken, InputError, InvalidInput, InvalidToken
from resolvers.caller import Caller
from resolvers.services import Services
from web.links.bodies import JSON, Fields, form_fields, json_fields, media_type
from web.pages.rendering import page

Answering = Callable[[Request], Awaitable[Response]]
HTTP_STATUS = {"expired": 410, "invalid": 400, "invalid_input": 422}  # of whatever else came of it: 200


@dataclass(frozen=True)
class Outcome:
    """What came of a link: a word for programs, and what its page tells people."""

    status: str
    email: str | None = None
    account: str | None = None  # the present address, masked, of the one that is to get another
    errors: list[InputError] = field(default_factory=list)
    device_token: str | None = field(default=None, repr=False)  # for a cookie: the browser is a known device now


@dataclass(frozen=True)
class LinkPage:
    """One address: `look` finds out what a link is about, `act` does it, `resend` sends another in its place.

    `templates` names the one for each status that can come of it. Forms get pages, JSON gets JSON.
    """

    path: str
    look: Callable[[Caller, Services, str], Awaitable[Outcome]]
    act: Callable[[Caller, Services, Fields], Awaitable[Outcome]]
    templates: dict[str, str]
    resend: Callable[[Caller, Services, str], Awaitable[Outcome]] | None = None
    acts_on_get: Callable[[Services], bool] = lambda _: False

    def routes(self) -> list[Route]:
        """Its one address."""
        return [shown_and_posted(self.path, self.show, self.post)]

    async def show(self, request: Request) -> Response:
        """The page that a letter links to. Changes nothing, unless the settings say that the link itself acts."""
        asking, token = _asking(request), request.query_params.get("token", "")
        acts = request.method == "GET" and self.acts_on_get(services_of(request))
        work = self.act(*asking, {"token": token}) if acts else self.look(*asking, token)
        return self._page(request, await _outcome(work), token)

    async def post(self, request: Request) -> Response:
        """Acts, or sends another link where the page of an expired one asked for it.

        Raises HTTPException (403) for what a page of another origin sent, before anything is counted.
        """
        if is_foreign(request):
            raise HTTPException(403)
        asking = _asking(request)
        if media_type(request) == JSON:
            return _json(request, await _outcome(self.act(*asking, await json_fields(request))))
        fields = await form_fields(request)
        token = fields.get("token", "")
        work = self.resend(*asking, token) if self.resend and "resend" in fields else self.act(*asking, fields)
        outcome = await _outcome(work)
        if outcome.status == "invalid_input":  # the page with the form again, and the address on it
            looked = await _outcome(self.look(*asking, token))
            outcome = Outcome(outcome.status, looked.email, errors=outcome.errors) if looked.email else looked
        return _with_device_cookie(request, self._page(request, outcome, token), outcome)

    def _page(self, request: Request, outcome: Outcome, token: str) -> Response:
        settings = services_of(request).settings
        return page(
            self.templates[outcome.status],
            locale=locale_of(request),
            settings=settings,
            status=HTTP_STATUS.get(outcome.status, 200),
            email=outcome.email,
            account=outcome.account,
            errors=[message_of(error, locale_of(request)) for error in outcome.errors],
            token=token,
            min_length=settings.password_min_length,
        )


def shown_and_posted(path: str, show: Answering, post: Answering) -> Route:
    """GET and HEAD show, POST acts; of one address, so that whoever asks otherwise is told of all three."""

    async def answer(request: Request) -> Response:
        return await (post if request.method == "POST" else show)(request)

    return Route(path, answer, methods=["GET", "POST"])


def _asking(request: Request) -> tuple[Caller, Services]:
    return caller_of(request), services_of(request)


async def _outcome(work: Awaitable[Outcome]) -> Outcome:
    try:
        return await work
    except ExpiredToken:
        return Outcome("expired")
    except InvalidToken:
        return Outcome("invalid")
    except InvalidInput as refusal:
        return Outcome("invalid_input", errors=refusal.errors)


def is_foreign(request: Request) -> bool:
    """Whether a page sent it that has no business here. Browsers tell; programs send neither header.

    Our own pages send `null`, as they have no referrer (Fetch, "append a request Origin header").
    """
    origin = request.headers.get("origin", "null")
    site = request.headers.get("sec-fetch-site", "same-origin" if origin == "null" else "cross-site")
    return site not in ("same-origin", "none") and not services_of(request).settings.allows_origin(origin)


def _with_device_cookie(request: Request, response: Response, outcome: Outcome) -> Response:
    """The same answer, with the cookie that makes a browser a known device of the account."""
    if outcome.device_token:
        cookies.put_device(request, response, outcome.device_token)
    return response


def _json(request: Request, outcome: Outcome) -> Response:
    locale = locale_of(request)
    known = {
        "status": outcome.status,
        "email": outcome.email,
        "errors": [message_of(error, locale) for error in outcome.errors],
        "codes": [error.code for error in outcome.errors],
        "deviceToken": outcome.device_token,  # programs keep it themselves, a browser in a cookie
    }
    body = {name: value for name, value in known.items() if value}
    headers = {"Cache-Control": "no-store", "Content-Language": locale, "Vary": "Accept-Language"}
    return JSONResponse(body, HTTP_STATUS.get(outcome.status, 200), headers)
