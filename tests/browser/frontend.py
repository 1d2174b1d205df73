"""A page on an origin of its own: not the server's, but of the same site."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

KINDS = {".js": "text/javascript", ".css": "text/css"}
PAGE = '<!doctype html><title>App</title><link rel="icon" href="data:,">'


@asynccontextmanager
async def frontend(files: dict[str, str]) -> AsyncIterator[str]:
    """The origin; `files` are served by their paths, and an empty page everywhere else."""

    # A real one: to Chromium, a page that Playwright fulfils comes from the Internet, and may not ask loopback.
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode().partition("?")[0]
        kind = KINDS.get(Path(path).suffix, "text/html")
        text = files.get(path, PAGE)
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n{text}".encode())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
