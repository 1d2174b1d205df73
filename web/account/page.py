"""A page with forms: GET shows it and changes nothing, POST does what was asked and leads on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.callers import caller_of, locale_of
from edge.messages import message_of
from edge.visitors import comes_from_us
from errors import InvalidInput, Refusal, StepUpNeeded, TooManyAttempts
from locales import texts
from web.account import stepup
from web.account.answers import onward, shown
from web.account.visit import UnknownReturn, Visit, visit_of
from web.links.bodies import FORM, form_fields, media_type
from web.links.page import Answering, shown_and_posted

Act = Callable[[Visit], Awaitable[Response]]
Known = Callable[[Visit], Awaitable[dict[str, Any]]]


async def _nothing(_visit: Visit) -> dict[str, Any]:
    return {}


class Whose(Enum):
    """Whose page it is."""

    OWNER = auto()  # of somebody who is signed in; others log in first
    STRANGER = auto()  # of somebody who is not; others are told that they are
    ANYBODY = auto()


@dataclass(frozen=True)
class AccountPage:
    """One address. `acts` are what its forms ask for, each by the value of its field `do`.

    `known` finds out what its template shows. `blamed` names the field that a refusal is told at, by the refusal's key.
    """

    path: str
    template: str
    acts: Mapping[str, Act] = field(default_factory=dict)
    known: Known = _nothing
    whose: Whose = Whose.OWNER
    blamed: Mapping[str, str] = field(default_factory=dict)
    scripts: bool = False

    def route(self) -> Route:
        """GET, HEAD and, where there is something to do, POST."""
        show, post = known_return(self._show), known_return(self._post)
        return shown_and_posted(self.path, show, post) if self.acts else Route(self.path, show)

    async def _show(self, request: Request) -> Response:
        visit = await visit_of(request)
        if self.whose is Whose.OWNER and not visit.caller.session:
            return _to_login(visit, self.path)
        if self.whose is Whose.STRANGER and visit.caller.session:
            return shown(visit, "already")
        return shown(visit, self.template, scripts=self.scripts, **await self.known(visit))

    async def _post(self, request: Request) -> Response:
        """Raises HTTPException: 403 for what no page of ours has sent, 415 for what is no form, 400 for a wrong one."""
        if not comes_from_us(request):
            raise HTTPException(403)
        if media_type(request) != FORM:
            raise HTTPException(415)
        visit = replace(await visit_of(request), fields=await form_fields(request))
        if self.whose is Whose.OWNER and not visit.caller.session:
            return _to_login(visit, self.path)
        return await self._done(visit)

    async def _done(self, visit: Visit) -> Response:
        try:
            if stepup.is_answered(visit):
                visit = await stepup.proven(visit, self.path)
            return await self._act(visit)(visit)
        except stepup.Answered as answered:
            return answered.response
        except StepUpNeeded as needed:
            return await stepup.asked(visit, self.path, needed)
        except Refusal as refusal:
            return await self._refused(visit, refusal)

    def _act(self, visit: Visit) -> Act:
        try:
            return self.acts[visit.typed("do")]
        except KeyError:
            raise HTTPException(400) from None

    async def _refused(self, visit: Visit, refusal: Refusal) -> Response:
        errors, known = told(visit, refusal, self.blamed), await self.known(visit)
        return shown(visit, self.template, refusal=refusal, errors=errors, scripts=self.scripts, **known)


def known_return(answering: Answering) -> Answering:
    """The same, but for who wants to return to where nobody is sent: they are told so."""

    async def answer(request: Request) -> Response:
        try:
            return await answering(request)
        except UnknownReturn:
            return shown(Visit(request, caller_of(request)), "return_refused", 400)

    return answer


def told(visit: Visit, refusal: Refusal, blamed: Mapping[str, str]) -> dict[str, list[str]]:
    """What people read of a refusal, by the field that it is told at."""
    locale = locale_of(visit.request)
    errors: dict[str, list[str]] = {}
    if isinstance(refusal, InvalidInput):
        for error in refusal.errors:
            errors.setdefault(error.field, []).append(message_of(error, locale))
    elif isinstance(refusal, TooManyAttempts):
        wait = texts(locale).duration(timedelta(seconds=refusal.retry_after))
        errors[""] = [texts(locale)("account.wait", wait=wait)]
    else:
        errors[blamed.get(refusal.key, "")] = [message_of(refusal, locale)]
    return errors


def _to_login(visit: Visit, path: str) -> Response:
    return onward(replace(visit, next=path), "/login", "log_in_first")
