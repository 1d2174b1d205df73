"""A server on a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn

from main import create_app
from settings import Settings
from tests.support import blank
from web.server.serving import options

UNSENT_BYTES = 64 * 1024  # that the system takes of answers nobody reads: by itself, some ten thousand of them


@asynccontextmanager
async def listening(settings: Settings | Callable[[str], Settings]) -> AsyncIterator[str]:
    """A server's address, from its start to its clean end. Settings that depend on the address are made with it."""
    # With its protocol named, or asyncio leaves Nagle's algorithm on, which holds every answer back by 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        known = settings(address) if callable(settings) else settings
        blank.give(known.database_url)
        server = uvicorn.Server(uvicorn.Config(create_app(known), **options(known)))
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield address
        finally:
            server.should_exit = True
            await serving
