"""What a request gets that went wrong outside GraphQL."""

from uuid import uuid4

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import locales
from errors import retry_after_seconds
from web.pages import page

log = structlog.get_logger()


def wants_html(request: Request) -> bool:
    """Whether a person is asking, with a browser."""
    return "text/html" in request.headers.get("accept", "")


def locale_of(request: Request) -> str:
    """The language that the browser asks for, of those there are."""
    return locales.negotiate(request.headers.get("accept-language", ""))


async def http_error(request: Request, error: Exception) -> Response:
    """A page for people, JSON for programs."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    return _told(request, error.status_code, dict(error.headers or {}))


async def failure(request: Request, error: Exception) -> Response:
    """503 and when to come back, or 500 and the id under which the log tells what happened."""
    if retry_after := retry_after_seconds(error):
        # No traceback: to render one for each of a thousand refusals would itself keep the server busy for seconds.
        log.error("unavailable", error=repr(error))
        return _told(request, 503, {"Retry-After": str(retry_after)})
    error_id = uuid4().hex
    log.error("internal_error", error_id=error_id, exc_info=error)
    return _told(request, 500, {}, error_id=error_id)


def _told(request: Request, status: int, headers: dict[str, str], **context: str) -> Response:
    answer: Response = JSONResponse({"status": status, **context}, status)
    if wants_html(request):
        settings = request.app.state.services.settings
        answer = page("error", locale=locale_of(request), settings=settings, status=status, **context)
    answer.headers.update(headers)
    return answer
