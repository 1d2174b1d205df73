"""What a visitor gets: a page, or the way to another one and what that is to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from starlette.responses import RedirectResponse, Response

from edge import cookies
from edge.callers import locale_of
from errors import AccountDisabled, Refusal, TooManyAttempts, Unavailable
from locales import texts
from settings.addresses import page_address
from web.account.visit import Visit
from web.pages.rendering import page

Errors = Mapping[str, Sequence[str]]  # what is wrong, by the field's name; of none by the empty one
# Scripts of other origins read no page, though they may call the API: that tells some of what stands here once only.
UNREAD = {"Cross-Origin-Resource-Policy": "same-origin"}
LONGEST_DETAIL = 300  # characters: an address has at most 254
HTTP_STATUS = {AccountDisabled: 403, TooManyAttempts: 429, Unavailable: 503}  # of any other refusal: 422
WARNINGS = {"login_ended", "log_in_first", "begin_again", "service_failed", "service_denied", "not_linked"}


@dataclass(frozen=True)
class Notice:
    """What was done on the page before."""

    word: str
    detail: str
    text: str
    warns: bool


def shown(
    visit: Visit,
    template: str,
    status: int = 200,
    *,
    refusal: Refusal | None = None,
    errors: Errors | None = None,
    scripts: bool = False,
    **context: object,
) -> Response:
    """The page of a template, for this visitor alone; of a refusal with its status, and how long to wait."""
    request, wrong = visit.request, {field: told for field, told in (errors or {}).items() if told}
    answer = page(
        f"account/{template}",
        locale=locale_of(request),
        settings=visit.settings,
        status=HTTP_STATUS.get(type(refusal), 422) if refusal else status,
        scripts=scripts,
        leads_to=_source(visit.return_to),
        visit=visit,
        address=visit.address,
        session=visit.caller.session,
        return_to=visit.return_to,
        fields=visit.fields,
        errors=wrong,
        notice=_notice(visit),
        **context,
    )
    # As PRIVATE has it, browsers would not even tell us that a form comes from here; no token is in these addresses.
    answer.headers.update({"Referrer-Policy": "same-origin", **UNREAD})
    if isinstance(refusal, TooManyAttempts | Unavailable):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    cookies.clear_page(request, answer, cookies.NOTICE)
    return answer


def onward(visit: Visit, path: str, notice: str = "", detail: str = "") -> Response:
    """The way to a page of ours, which tells what was done."""
    response = _redirect(visit.address(path))
    if notice:
        cookies.put_page(visit.request, response, cookies.NOTICE, f"{notice}:{quote(detail)}")
    return response


def home(visit: Visit) -> Response:
    """The way on for somebody who has logged in: the page of ours that asked for it, or of the frontend."""
    if visit.next or not visit.return_to:
        path = visit.next or "/account"
        return _redirect(Visit(visit.request, visit.caller, visit.return_to).address(path))
    return _redirect(visit.return_to)


def _redirect(url: str) -> Response:
    return RedirectResponse(url, 303, headers={"Cache-Control": "no-store"})


def _notice(visit: Visit) -> Notice | None:
    word, _, detail = cookies.page_in(visit.request, cookies.NOTICE).partition(":")
    t = texts(locale_of(visit.request))
    if f"account.notice.{word}" not in t.by_key:
        return None
    told = unquote(detail)[:LONGEST_DETAIL]
    return Notice(word, told, t(f"account.notice.{word}", detail=told), word in WARNINGS)


def _source(return_to: str) -> str:
    """What a policy calls the pages there: those of a web address's origin, or of an app's scheme."""
    if not return_to:
        return ""
    if not return_to.startswith(("https:", "http:")):
        return f"{urlsplit(return_to).scheme}:"
    parts = urlsplit(page_address(return_to))
    return f"{parts.scheme}://{parts.netloc}"
