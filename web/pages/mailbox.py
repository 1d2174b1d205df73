"""The development mailbox: the letters that would have been sent, newest first."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.callers import locale_of, services_of
from mail.mailbox import Delivered
from web.pages.rendering import letter_document, page


async def letters(request: Request) -> Response:
    """The page with all of them."""
    services = services_of(request)
    assert services.mailbox  # noqa: S101 - routed only where there is one
    found = await services.mailbox.letters()
    return page("mailbox", locale=locale_of(request), settings=services.settings, letters=found)


async def letter(request: Request) -> Response:
    """One letter, as HTML or, with `?view=text`, as text."""
    services = services_of(request)
    view = "text" if request.query_params.get("view") == "text" else "html"
    found = await _found(request)
    return page("mailbox_letter", locale=locale_of(request), settings=services.settings, letter=found, view=view)


async def document(request: Request) -> Response:
    """A letter's own HTML, for the frame on its page."""
    return letter_document((await _found(request)).html)


async def _found(request: Request) -> Delivered:
    services = services_of(request)
    assert services.mailbox  # noqa: S101 - routed only where there is one
    found = await services.mailbox.letter(request.path_params["letter_id"])
    if found is None:
        raise HTTPException(404)
    return found


ROUTES = [
    Route("/mailbox", letters),
    Route("/mailbox/{letter_id}", letter),
    Route("/mailbox/{letter_id}/html", document),
]
