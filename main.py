"""Composition root: settings in, Starlette app out. `python main.py` serves it, `uvicorn main:app` does too."""

import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from tortoise.exceptions import DBConnectionError
from uvicorn.config import STARTUP_FAILURE

import database
import logs
import schema
import settings as knobs
from errors import TooManyAttempts
from events import failures
from resolvers import housekeeping
from resolvers.composing import COMPOSERS
from resolvers.services import Services
from schema.endpoint import Endpoint
from schema.limits import Limits
from settings import Settings
from web import serving
from web.connections import connections
from web.errors import Failures, gone, http_error, too_many
from web.graphiql import graphiql_page
from web.heads import Heads
from web.middleware import Bodies, Crowds, Requests
from web.origins import Origins
from web.proxies import TrustedProxies
from web.routes import routes
from web.start import addresses

PATIENCE_SECONDS = 10  # how long a shutdown waits for requests, and then for the letters in hand
KEEP_ALIVE_SECONDS = 75  # longer than a proxy keeps its idle connections (60 s usually), or it sends into a closed one

log = structlog.get_logger()


def create_app(settings: Settings) -> Starlette:
    """The whole server. Raises ValueError where a signing key does not fit."""
    services = Services.of(settings, COMPOSERS)
    page = (lambda: graphiql_page(settings)) if settings.graphiql else None
    words = schema.build(Limits.of(settings), introspection=bool(settings.introspection))
    endpoint = Endpoint(words, services, page)
    app = Starlette(
        routes=[Route("/graphql", endpoint), *routes(settings)],
        middleware=[
            Middleware(TrustedProxies, count=settings.trusted_proxy_count),
            Middleware(Requests, settings=settings),
            Middleware(Origins, settings=settings),
            Middleware(Failures),
            Middleware(Crowds),
            Middleware(Bodies, patience_seconds=settings.receive_deadline.total_seconds()),
            Middleware(Heads),
            Middleware(RequestBodyLimitMiddleware, max_body_size=settings.max_body_bytes),
        ],
        exception_handlers={HTTPException: http_error, TooManyAttempts: too_many, ClientDisconnect: gone},
        lifespan=lambda _: _lifespan(services),
    )
    app.state.services = services
    app.router.redirect_slashes = False  # it would redirect to whatever the Host header names
    return app


@contextlib.asynccontextmanager
async def _lifespan(services: Services) -> AsyncIterator[None]:
    """Database and outbox come first and go last; letters in hand are finished or released."""
    settings = services.settings
    logs.configure(settings)
    async with database.opened(settings.database_url, settings.database_pool_size):
        if await database.unready_reason():  # with `uvicorn main:app` nobody has migrated before
            await database.migrate(settings.database_url)
        await services.throttle.look()
        worker = asyncio.create_task(services.delivery.run())
        keeper = asyncio.create_task(housekeeping.run(settings))
        recorder = asyncio.create_task(failures.run())
        log.info("starting", **addresses(settings))  # it serves when uvicorn has the port (`web.serving`)
        for name, meant in knobs.misspelt().items():
            log.warning("unknown_setting", name=name, meant=meant)
        if file := database.exposed(settings.database_url):
            log.warning("database_is_public", advice=f"everybody on this machine reads it: chmod o= {file}*")
        if services.mailbox and urlsplit(settings.public_url).hostname not in knobs.LOOPBACK:
            log.warning("mailbox_is_public", advice="whoever reaches this server reads all letters: set SMTP_URL")
        try:
            yield
        finally:
            keeper.cancel()
            recorder.cancel()
            services.delivery.stop()
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(worker, PATIENCE_SECONDS)
            await asyncio.wait([recorder])
            await services.throttle.close()
            log.info("stopped")


def serve(settings: Settings) -> None:
    """Serve until told to stop; a request that is under way gets its answer first."""
    port = serving.open_port(settings.host, settings.port)
    if settings.port != port:  # any free one, which pages and letters link to and other processes read
        os.environ["PORT"] = str(port)
        settings = knobs.load()
    app = _app(settings)
    try:  # here, where trouble can be told in one sentence
        asyncio.run(database.migrate(settings.database_url))
    except (DBConnectionError, OSError, ValueError) as error:
        raise SystemExit(f"Postern cannot start: the database of DATABASE_URL cannot be used: {error}") from None
    # uvicorn stops in order and then raises the signal again: to be told to stop is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if settings.web_concurrency == 1:
        serving.run(app, settings, **manners(settings))
    else:  # each process makes its own, of the same settings
        serving.run("main:app", settings, **manners(settings) | {"http": "main:connection"})


def manners(settings: Settings) -> dict[str, Any]:
    """How uvicorn treats its clients."""
    return {
        "http": connections(settings),
        "ws": "none",
        "proxy_headers": False,  # without a trusted proxy nobody's X-Forwarded-For is believed
        "server_header": False,
        "access_log": False,  # the log is ours
        "log_config": None,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": PATIENCE_SECONDS,
    }


def _app(settings: Settings) -> Starlette:
    try:
        app = create_app(settings)
    except ValueError as error:
        raise SystemExit(f"Postern cannot start: {error}") from None
    gc.collect()
    gc.freeze()  # what is here by now stays: to look through it again would make some request wait
    return app


def __getattr__(name: str) -> Any:
    """`main.app` and `main.connection`, made when uvicorn asks: importing this module reads no settings."""
    if name not in ("app", "connection"):
        raise AttributeError(name)
    try:
        settings = knobs.load()
        return connections(settings) if name == "connection" else _app(_not_alone(settings))
    except SystemExit as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(STARTUP_FAILURE) from None  # or uvicorn would start this process again and again


def _not_alone(settings: Settings) -> Settings:
    """The same, where they are fit for one of `uvicorn --workers`, which it does not tell."""
    if multiprocessing.parent_process() and "--reload" not in sys.argv and not settings.redis_url:
        raise SystemExit("Postern cannot start: more than one process needs REDIS_URL, to count attempts together.")
    return settings


if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.stdout.write(
            f"python main.py serves Postern. Its settings, from the environment or .env:\n\n{knobs.explained()}\n"
        )
    else:
        serve(knobs.load())
