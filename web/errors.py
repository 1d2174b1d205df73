"""What a request gets that went wrong outside GraphQL."""

from typing import Any
from uuid import uuid4

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from edge.callers import locale_of, services_of
from edge.messages import message_of
from errors import InvalidInput, TooManyAttempts, retry_after_seconds
from web.pages.rendering import page

log = structlog.get_logger()


def wants_html(request: Request) -> bool:
    """Whether a person is asking, with a browser."""
    return "text/html" in request.headers.get("accept", "")


def response_to(request: Request, error: Exception) -> Response:
    """What is said of an error that nothing else has caught: a page to people, JSON to programs."""
    match error:
        case HTTPException():
            return _response(request, error.status_code, dict(error.headers or {}))
        case InvalidInput():
            return _response(request, 400, {}, errors=[message_of(wrong, locale_of(request)) for wrong in error.errors])
        case TooManyAttempts():
            return _response(request, 429, {"Retry-After": str(error.retry_after)})
        case ClientDisconnect():  # before its body was here, which is no failure of ours: for the log alone
            return Response(status_code=499)  # nginx's number for it
    return _server_error(request, error)


def _server_error(request: Request, error: Exception) -> Response:
    """503 and when to come back, or 500 and the id under which the log tells what happened."""
    if retry_after := retry_after_seconds(error):
        # No traceback: to render one for each of a thousand refusals would itself keep the server busy.
        log.error("unavailable", error=repr(error))
        return _response(request, 503, {"Retry-After": str(retry_after)})
    error_id = uuid4().hex
    log.error("internal_error", error_id=error_id, exc_info=error)
    return _response(request, 500, {}, error_id=error_id)


def _response(request: Request, status: int, headers: dict[str, str], **context: Any) -> Response:
    answer: Response = JSONResponse({"status": status, **context}, status)
    if wants_html(request):
        settings = services_of(request).settings
        answer = page("error", locale=locale_of(request), settings=settings, status=status, **context)
    answer.headers.update(headers)
    return answer
