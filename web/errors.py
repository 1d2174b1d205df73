"""What a request gets that went wrong outside GraphQL."""

from uuid import uuid4

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.callers import locale_of, services_of
from errors import TooManyAttempts, retry_after_seconds
from web.pages import page

log = structlog.get_logger()


def wants_html(request: Request) -> bool:
    """Whether a person is asking, with a browser."""
    return "text/html" in request.headers.get("accept", "")


async def http_error(request: Request, error: Exception) -> Response:
    """A page for people, JSON for programs."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    return _told(request, error.status_code, dict(error.headers or {}))


async def gone(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """For the log alone: the client left before its body was here, which is no failure of ours."""
    return Response(status_code=499)  # nginx's number for it


class Failures:
    """Answers what nothing else has caught, inside of everything that adds headers or writes the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await failure(Request(scope, receive), error)(scope, receive, send)


async def too_many(request: Request, error: Exception) -> Response:
    """429 and when to come back."""
    assert isinstance(error, TooManyAttempts)  # noqa: S101 - registered for nothing else
    return _told(request, 429, {"Retry-After": str(error.retry_after)})


def failure(request: Request, error: Exception) -> Response:
    """503 and when to come back, or 500 and the id under which the log tells what happened."""
    if retry_after := retry_after_seconds(error):
        # No traceback: to render one for each of a thousand refusals would itself keep the server busy.
        log.error("unavailable", error=repr(error))
        return _told(request, 503, {"Retry-After": str(retry_after)})
    error_id = uuid4().hex
    log.error("internal_error", error_id=error_id, exc_info=error)
    return _told(request, 500, {}, error_id=error_id)


def _told(request: Request, status: int, headers: dict[str, str], **context: str) -> Response:
    answer: Response = JSONResponse({"status": status, **context}, status)
    if wants_html(request):
        settings = services_of(request).settings
        answer = page("error", locale=locale_of(request), settings=settings, status=status, **context)
    answer.headers.update(headers)
    return answer
