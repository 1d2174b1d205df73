"""Composition root: settings in, Starlette app out. `python main.py` or `uvicorn --factory main:app` serves it."""

import gc

gc.disable()  # what is imported stays: to look through it again and again takes a quarter of the start

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator

import structlog
from starlette.applications import Starlette
from starlette.routing import Route
from tortoise.exceptions import DBConnectionError

import database
import logs
import tracing
from events import failures, subscribers
from resolvers import housekeeping
from resolvers.composing import composers
from resolvers.services import Services
from schema.serving.endpoint import Endpoint
from settings import Settings, explained
from settings import load as load_settings
from web.graphiql import graphiql_page
from web.middleware.wrapper import Wrapper
from web.routes import direct, routes
from web.scraping import offered
from web.server import ports, serving
from web.server.startup import log_startup

gc.freeze()
gc.enable()
log = structlog.get_logger()
GRAPHQL = "/graphql"


def create_app(settings: Settings) -> Starlette:
    """The whole server. Raises ValueError where a signing key or a file does not fit."""
    if settings.otel_exporter_otlp_endpoint:
        tracing.check()
    services = Services.of(settings, composers(settings))
    page = (lambda: graphiql_page(settings)) if settings.graphiql else None
    graphql = Route(GRAPHQL, Endpoint(services, page))
    app = Starlette(
        routes=[graphql, *routes(settings)],
        lifespan=lambda _: _lifespan(services),
    )
    app.state.services = services
    # In place of Starlette's middleware, which would be many.
    app.middleware_stack = Wrapper(direct(graphql, app.router), settings)
    app.router.redirect_slashes = False  # it would redirect to whatever the Host header names
    return app


@contextlib.asynccontextmanager
async def _lifespan(services: Services) -> AsyncIterator[None]:
    """Database and outbox come first and go last; letters in hand are finished or released."""
    settings = services.settings
    logs.configure(settings)
    traces = tracing.collected(settings.otel_exporter_otlp_endpoint)
    async with traces, database.opened(settings.database_url, settings.database_pool_size):
        if await database.unready_reason():  # with uvicorn's own command nobody has migrated before
            await database.migrate(settings.database_url)
        await services.signing_keys.start()
        await services.throttle.check_redis()
        await subscribers.refresh()
        workers = services.delivery, services.webhooks
        delivering = [asyncio.create_task(worker.run()) for worker in workers]
        sweeping = asyncio.create_task(housekeeping.run(settings))
        tending = asyncio.create_task(services.signing_keys.run())
        recording = asyncio.create_task(failures.run())
        reading = asyncio.create_task(subscribers.run())
        await log_startup(services)
        try:
            async with offered(services):
                yield
        finally:
            sweeping.cancel()
            tending.cancel()
            recording.cancel()
            reading.cancel()
            for worker in workers:
                worker.stop()
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(asyncio.gather(*delivering), serving.SHUTDOWN_SECONDS)
            await asyncio.wait([recording])
            await services.throttle.close()
            if services.outside:
                await services.outside.close()
            log.info("stopped")


def app() -> Starlette:
    """The server of this process's settings, for uvicorn, whose factory this is. Ends where they are wrong."""
    try:
        settings = load_settings()
        serving.check_worker(settings)
        serving.end_with_parent()
        return _app_or_exit(settings)
    except SystemExit as error:
        raise serving.startup_failure(error) from None


def serve(settings: Settings) -> None:
    """Serve until told to stop; a request that is under way gets its answer first."""
    port = ports.open_port(settings.host, settings.port)
    if settings.port != port:  # any free one, which pages and letters link to and other processes read
        os.environ["PORT"] = str(port)
        settings = load_settings()
    for metrics_port in settings.metrics_ports:
        ports.open_port(settings.metrics_host, metrics_port, "METRICS_PORT")
    app = _app_or_exit(settings)
    try:  # here, where trouble can be told in one sentence
        asyncio.run(database.migrate(settings.database_url))
    except (DBConnectionError, OSError, ValueError) as error:
        raise SystemExit(f"Postern cannot start: the database of DATABASE_URL cannot be used: {error}") from None
    serving.run(app, settings, factory="main:app")


def _app_or_exit(settings: Settings) -> Starlette:
    try:
        app = create_app(settings)
    except ValueError as error:
        raise SystemExit(f"Postern cannot start: {error}") from None
    gc.freeze()  # what is here by now stays: to look through it again would make some request wait
    return app


if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.stdout.write(
            f"python main.py serves Postern. Its settings, from the environment or .env:\n\n{explained()}\n"
        )
    elif sys.argv[1:]:
        raise SystemExit(f"python main.py takes no arguments but --help, and was given: {' '.join(sys.argv[1:])}")
    else:
        serve(load_settings())
