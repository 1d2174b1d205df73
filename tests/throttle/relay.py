"""A way to a server on which connections can die without a word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

BUFFER = 65_536


class Relay:
    """Passes on what is said on each connection, until it forgets those that there are: new ones work."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._era = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []

    def forget(self) -> None:
        """From now on nothing passes on the connections that there are, and neither end is told."""
        self._era.set()
        self._era = asyncio.Event()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a new connection."""
        era = self._era
        there, back = await asyncio.open_connection(*self._there)
        self._writers += (writer, back)
        await asyncio.gather(_passed_on(reader, back, era), _passed_on(there, writer, era))

    async def close(self) -> None:
        """End both sides of every connection."""
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, era: asyncio.Event) -> None:
    while (read := await reader.read(BUFFER)) and not era.is_set():
        writer.write(read)
    if not era.is_set():
        writer.close()


@asynccontextmanager
async def relaying(host: str, port: int) -> AsyncIterator[tuple[Relay, int]]:
    """A relay to that address, and its own port."""
    relay = Relay(host, port)
    server = await asyncio.start_server(relay.take, "127.0.0.1", 0)
    try:
        yield relay, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await relay.close()
        await server.wait_closed()
