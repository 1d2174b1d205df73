"""The one wrapper round the application: what every request passes on its way in, and every answer on its way out."""

from functools import partial

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

import correlation
import tracing
from edge.headers import headers
from settings import Settings
from web.errors import response_to
from web.middleware import connection_limit, header_limits, proxies
from web.middleware.bodies import Body, announced, check_length
from web.middleware.cors import CORS
from web.middleware.exchanges import Exchange, default_headers, describe


class Wrapper:
    """Every rule in one call. As Starlette's middleware, each would be a layer with its own `send` and `receive`."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._cors = CORS(app, settings)
        self._headers = default_headers(settings)
        self._proxies = settings.trusted_proxy_count
        self._seconds = settings.receive_deadline.total_seconds()
        self._max_bytes = settings.max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and write its line into the log; whatever else is logged on the way carries its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif tracing.is_on():
            parent = headers(scope).get(b"traceparent", b"").decode("latin-1")
            with tracing.span(scope["method"], "SERVER", parent=parent) as span:
                exchange = await self._exchanged(scope, receive, send)
                describe(span, exchange, scope)
        else:
            await self._exchanged(scope, receive, send)

    async def _exchanged(self, scope: Scope, receive: Receive, send: Send) -> Exchange:
        scope["client"] = client = proxies.client_of(scope, self._proxies)
        named = headers(scope)
        length = announced(named)
        body = Body(scope, receive, length, self._seconds, self._max_bytes)
        exchange = Exchange(send, body, self._headers)
        known = correlation.request.set({"request_id": exchange.id, "ip_address": client and client[0]})
        try:
            if b"origin" in named:
                answer = partial(self._answer, exchange, length)
                await self._cors.passed(answer, scope, body.receive, exchange.send)
            else:
                await self._answer(exchange, length, scope, body.receive, exchange.send)
        finally:
            exchange.end(scope)
            correlation.request.reset(known)
        return exchange

    async def _answer(self, exchange: Exchange, length: int, scope: Scope, receive: Receive, send: Send) -> None:
        """What the application says, or what is said where it raises or is not even asked."""
        try:
            refusal = connection_limit.refusal(scope)
            if not refusal:
                header_limits.check(scope)
                check_length(length, self._max_bytes)
            await (refusal or self._app)(scope, receive, send)
        except Exception as error:
            if exchange.status:
                raise
            await response_to(Request(scope, receive), error)(scope, receive, send)
