"""The REST shims behind the links in letters: opening one shows a page, only posting acts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from errors import ExpiredToken, InvalidInput, InvalidToken
from resolvers.services import Client, Services
from web.errors import locale_of
from web.pages import page

HTTP_STATUS = {"expired": 410, "invalid": 400, "invalid_input": 422}  # of whatever else came of it: 200
Fields = dict[str, str]


class Asker(NamedTuple):
    """What the resolvers work with, and for whom."""

    services: Services
    client: Client


@dataclass(frozen=True)
class Outcome:
    """What came of a link: a word for programs, and what its page tells people."""

    status: str
    email: str | None = None
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Shim:
    """One address: `look` finds out what a link is about, `act` does it, `resend` sends another in its place.

    `pages` names the template for each status that can come of it. Forms get pages, JSON gets JSON.
    """

    path: str
    look: Callable[[Asker, str], Awaitable[Outcome]]
    act: Callable[[Asker, Fields], Awaitable[Outcome]]
    pages: dict[str, str]
    resend: Callable[[Asker, str], Awaitable[Outcome]] | None = None
    acts_on_get: Callable[[Services], bool] = lambda _: False

    def routes(self) -> list[Route]:
        """GET and HEAD show, POST acts."""
        return [Route(self.path, self.show), Route(self.path, self.post, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """The page that a letter links to. Changes nothing, unless the settings say that the link itself acts."""
        asker, token = _asker(request), request.query_params.get("token", "")
        acts = request.method == "GET" and self.acts_on_get(asker.services)
        work = self.act(asker, {"token": token}) if acts else self.look(asker, token)
        return self._page(request, await _outcome(work), token)

    async def post(self, request: Request) -> Response:
        """Acts, or sends another link where the page of an expired one asked for it."""
        asker = _asker(request)
        if request.headers.get("content-type", "").partition(";")[0].strip() == "application/json":
            return _json(await _outcome(self.act(asker, await _json_fields(request))))
        async with request.form() as form:
            fields = {name: str(value) for name, value in form.items()}
        token = fields.get("token", "")
        work = self.resend(asker, token) if self.resend and "resend" in fields else self.act(asker, fields)
        outcome = await _outcome(work)
        if outcome.status == "invalid_input":  # the page with the form again, and the address on it
            looked = await _outcome(self.look(asker, token))
            outcome = Outcome(outcome.status, looked.email, outcome.errors) if looked.email else looked
        return self._page(request, outcome, token)

    def _page(self, request: Request, outcome: Outcome, token: str) -> Response:
        settings = _asker(request).services.settings
        return page(
            self.pages[outcome.status],
            locale=locale_of(request),
            settings=settings,
            status=HTTP_STATUS.get(outcome.status, 200),
            email=outcome.email,
            errors=outcome.errors,
            token=token,
            min_length=settings.password_min_length,
        )


def _asker(request: Request) -> Asker:
    client = Client(request.client.host if request.client else None, request.headers.get("user-agent"))
    return Asker(request.app.state.services, client)


async def _outcome(work: Awaitable[Outcome]) -> Outcome:
    try:
        return await work
    except ExpiredToken:
        return Outcome("expired")
    except InvalidToken:
        return Outcome("invalid")
    except InvalidInput as refusal:
        return Outcome("invalid_input", errors=[message for _, message in refusal.errors])


async def _json_fields(request: Request) -> Fields:
    """The texts in a JSON object; none where the body is anything else."""
    try:
        body = await request.json()
        return {name: value for name, value in body.items() if isinstance(value, str)}
    except (ValueError, RecursionError, AttributeError):
        return {}


def _json(outcome: Outcome) -> Response:
    known = {"status": outcome.status, "email": outcome.email, "errors": outcome.errors}
    body = {name: value for name, value in known.items() if value}
    return JSONResponse(body, HTTP_STATUS.get(outcome.status, 200), {"Cache-Control": "no-store"})
