"""What every request passes, one file a wrapper."""

from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from settings import Settings
from web.middleware.body_deadline import BodyDeadline
from web.middleware.connection_limit import ConnectionLimit
from web.middleware.cors import CORS
from web.middleware.header_limits import HeaderLimits
from web.middleware.proxies import TrustedProxies
from web.middleware.request_log import RequestLog
from web.middleware.server_errors import ServerErrors


def stack(settings: Settings) -> list[Middleware]:
    """All of them, from the outermost in."""
    return [
        Middleware(TrustedProxies, count=settings.trusted_proxy_count),
        Middleware(RequestLog, settings=settings),
        Middleware(CORS, settings=settings),
        Middleware(ServerErrors),
        Middleware(ConnectionLimit),
        Middleware(BodyDeadline, seconds=settings.receive_deadline.total_seconds()),
        Middleware(HeaderLimits),
        Middleware(RequestBodyLimitMiddleware, max_body_size=settings.max_body_bytes),
    ]
