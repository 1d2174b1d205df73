"""A request with its answer: the id that both carry, the headers that browsers heed, its line in the log, its count."""

import logging
import time
from secrets import token_hex
from typing import Any

from starlette.types import Message, Scope, Send

import metrics
import tracing
from settings import ServerSettings
from web.middleware.bodies import Body

HSTS = b"max-age=63072000; includeSubDomains"  # two years; hstspreload.org asks for at least one
NOT_LOGGED = ("/healthz", "/readyz")
SERVER_ERROR = 500
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}  # that are counted apart
STATUS_CLASSES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")  # none: nothing was answered
CLOSE = (b"connection", b"close")
VARY = (b"vary", b"Origin")  # or a cache shows a page of another origin what was said to a program
Headers = list[tuple[bytes, bytes]]
log = logging.getLogger(__name__)


def default_headers(settings: ServerSettings) -> Headers:
    """What every answer has, unless it says otherwise itself."""
    headers = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
    return [*headers, (b"strict-transport-security", HSTS)] if settings.production else headers


class Exchange:
    """One request and its answer; `status` is 0 until that begins."""

    __slots__ = ("_body", "_defaults", "_send", "id", "started_at", "status")

    def __init__(self, send: Send, body: Body, defaults: Headers) -> None:
        self.id = token_hex(16)
        self.status = 0
        self.started_at = time.perf_counter()
        self._send = send
        self._body = body
        self._defaults = defaults

    async def send(self, message: Message) -> None:
        """Send a part of the answer. Where it did not wait for the body, the connection is closed after it."""
        if message["type"] == "http.response.start":
            await self._start(message)
        elif not self._body.unread:
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            if not message.get("more_body"):
                await self._body.linger()
                await self._send({"type": "http.response.body", "body": b""})

    async def _start(self, message: Message) -> None:
        self.status = message["status"]
        headers = list(message["headers"])
        given = dict(headers)
        headers += [header for header in self._defaults if header[0] not in given]
        headers.append((b"x-request-id", self.id.encode()))
        if b"Origin" not in given.get(b"vary", b""):
            headers.append(VARY)
        if self._body.unread:
            headers = [*(header for header in headers if header[0] != b"connection"), CLOSE]
        await self._send({**message, "headers": headers})

    def end(self, scope: Scope) -> None:
        """The request is counted, and has its line in the log: the path alone, for a query may hold a token."""
        seconds = time.perf_counter() - self.started_at
        method = scope["method"]
        metrics.requests.note(seconds, *_known(scope), STATUS_CLASSES[self.status // 100])
        if scope["path"] not in NOT_LOGGED and log.isEnabledFor(logging.INFO):
            milliseconds = round(seconds * 1000, 1)
            told = {"method": method, "path": scope["path"], "status": self.status, "ms": milliseconds}
            # Not `log.info`, which looks for the line of code that calls it.
            log.handle(log.makeRecord(log.name, logging.INFO, "", 0, "request", (), None, extra=told))


def describe(span: Any, exchange: Exchange, scope: Scope) -> None:
    """Say in the span what was asked for and answered, with nothing that a client has chosen."""
    method, pattern = _known(scope)
    span.update_name(f"{method} {pattern}")
    span.set_attributes(
        {
            "http.request.method": method,
            "http.route": pattern,
            "http.response.status_code": exchange.status,
            "postern.request_id": exchange.id,
        }
    )
    if exchange.status >= SERVER_ERROR:
        tracing.fail(span)


def _known(scope: Scope) -> tuple[str, str]:
    """Method and pattern of the address, of those that we have."""
    method, route = scope["method"], scope.get("route")
    return method if method in METHODS else "other", route.path if route else "other"
