"""The port for Prometheus alone: `GET /metrics`, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog
import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from resolvers.services import Services
from settings import MetricsSettings
from web.middleware import connection_limit
from web.scraping.exposition import CONTENT_TYPE, Exposition
from web.server.connections import Connection
from web.server.serving import options

PATH = "/metrics"
MAX_CONNECTIONS = 16  # there are few who ask, each on one connection
OPENING_SECONDS = 1  # for which a start waits, or the first to ask would come too early
RETRY_SECONDS = 1
log = structlog.get_logger()


class Metrics:
    """The application of that port."""

    def __init__(self, exposition: Exposition) -> None:
        self._exposition = exposition

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: with all metrics, or with the status that says why not."""
        refusal = connection_limit.refusal(scope)
        await (refusal or await self._response(scope))(scope, receive, send)

    async def _response(self, scope: Scope) -> Response:
        if scope["path"] != PATH:
            return Response(status_code=404)
        if scope["method"] not in ("GET", "HEAD"):
            return Response(status_code=405, headers={"Allow": "GET, HEAD"})
        return Response(await self._exposition.text(), media_type=CONTENT_TYPE)


@asynccontextmanager
async def listening(services: Services) -> AsyncIterator[None]:
    """From opening this process's port to closing it."""
    settings, state = services.settings, ServerState()
    http = partial(
        Connection, receive_seconds=settings.receive_deadline.total_seconds(), max_connections=MAX_CONNECTIONS
    )
    config = uvicorn.Config(Metrics(Exposition(services)), lifespan="off", **options(settings) | {"http": http})
    config.load()
    opening = asyncio.create_task(_opened(settings, lambda: http(config=config, server_state=state, app_state={})))
    await asyncio.wait([opening], timeout=OPENING_SECONDS)
    try:
        yield
    finally:
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            (await opening).close()
        for connection in list(state.connections):
            connection.shutdown()


async def _opened(settings: MetricsSettings, connection: Callable[[], asyncio.Protocol]) -> asyncio.Server:
    """The first port that no other process of ours has: who holds one gives it back by ending, however it ends.

    Where none is free the server serves all the same, and its log says so: one that follows another waits for its port.
    """
    told = False
    while True:
        for port in settings.metrics_ports:
            try:
                server = await asyncio.get_running_loop().create_server(connection, settings.metrics_host, port)
            except OSError as error:
                trouble = str(error)
            else:
                log.info("telling_metrics", host=settings.metrics_host, port=port)
                return server
        if not told:
            advice = "METRICS_PORT has to be free, and WEB_CONCURRENCY to say how many processes there are"
            log.warning("metrics_not_told", error=trouble, advice=advice)
        told = True
        await asyncio.sleep(RETRY_SECONDS)
