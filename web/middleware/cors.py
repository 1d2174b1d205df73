"""Who may call from another origin, and a word in the log where a browser keeps an answer or a cookie back."""

from functools import partial
from time import monotonic

import structlog
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings import LOOPBACK_ORIGIN, OriginSettings

TRANSPORT_HEADER = "X-Token-Transport"
OWN_HEADER = "Cross-Origin-Resource-Policy"  # of what no other origin reads
MINUTE_SECONDS = 60
MAX_WARNINGS = 100  # in a minute: whoever makes up origins fills neither the log nor the memory
MAX_ORIGIN_LENGTH = 200  # characters: a host's name has 253 at the most, and few have half of that

log = structlog.get_logger()


class CORS(CORSMiddleware):
    """Starlette's, asking the settings who is allowed. What it refuses is silent in the frontend, so the log tells."""

    def __init__(self, app: ASGIApp, settings: OriginSettings) -> None:
        super().__init__(
            app,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", TRANSPORT_HEADER],
            allow_credentials=True,
            expose_headers=["Retry-After", "X-Request-ID"],
        )
        self._settings = settings
        self._minute, self._warned_of = 0, set[str]()

    def is_allowed_origin(self, origin: str) -> bool:
        """Whether a page of that origin may read the answer."""
        return self._settings.allows_origin(origin)

    async def passed(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request that tells its origin on, with what its browser may do with the answer."""
        headers = Headers(scope=scope)
        self._warn(headers)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self.preflight_response(headers)(scope, receive, send)
        else:
            await app(scope, receive, partial(self.send, send=send, request_headers=headers))

    async def send(self, message: Message, send: Send, request_headers: Headers) -> None:
        """Allow an origin to read the answer, unless the answer says that it is for pages of ours alone."""
        own = message["type"] == "http.response.start" and OWN_HEADER in Headers(raw=message["headers"])
        await (send(message) if own else super().send(message, send, request_headers))

    def _warn(self, headers: Headers) -> None:
        origin = headers.get("origin", "")
        if not origin or headers.get("sec-fetch-mode") == "navigate":  # a form's: it reads no answer
            return
        cookie_mode = headers.get(TRANSPORT_HEADER, "").lower() == "cookie"
        site = headers.get("sec-fetch-site")
        if not self.is_allowed_origin(origin):
            shown = origin[:MAX_ORIGIN_LENGTH]
            if (site != "same-origin" or cookie_mode) and self._is_new(shown):
                log.warning("origin_refused", origin=shown, advice="to allow its pages, list it in CORS_ORIGINS")
        elif cookie_mode and site == "cross-site":
            self._warn_of_names(origin, headers.get("host", ""))

    def _warn_of_names(self, origin: str, host: str) -> None:
        """To a browser, `localhost` and `127.0.0.1` are two sites, and what one sets is no cookie of the other's."""
        page, server = LOOPBACK_ORIGIN.fullmatch(origin), LOOPBACK_ORIGIN.fullmatch(f"http://{host}")
        if page and server and self._is_new(f"{origin} {server[0]}"):
            address = f"{page['scheme']}://{page['name']}{server['port'] or ''}"
            advice = f"the browser keeps no cookie between these two names: call the server as {address}"
            log.warning("cookie_between_sites", origin=origin, host=host, advice=advice)

    def _is_new(self, what: str) -> bool:
        """Whether nobody has warned of it this minute, and not too much else."""
        minute = int(monotonic() // MINUTE_SECONDS)
        if minute != self._minute:
            self._minute, self._warned_of = minute, set()
        new = what not in self._warned_of and len(self._warned_of) < MAX_WARNINGS
        if new:
            self._warned_of.add(what)
        return new
