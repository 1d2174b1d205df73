"""What Prometheus asks for, where the settings name a port for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from resolvers.services import Services


@asynccontextmanager
async def offered(services: Services) -> AsyncIterator[None]:
    """Answer on this process's port for metrics, if it is to have one. The library for it is large: few need it."""
    if not services.settings.metrics_port:
        yield
        return
    async with import_module("web.scraping.listening").listening(services):
        yield
