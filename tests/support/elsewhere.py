"""Another server, which speaks TLS on loopback and answers as a test has it."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from outside.addresses import Endpoint
from outside.guarded import GuardedClient
from tests.support.certificates import certificate

NAME = "elsewhere.example"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    """A request that has come."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = bytes | Iterator[bytes | float]  # pieces, and seconds to wait in between

Answering = Callable[[Asked], Answer]


def answered(body: bytes | Any = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer, in JSON where it is not bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"Content-Length": str(len(content)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "\r\n".join([f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in lines.items())])
    return f"{head}\r\n\r\n".encode() + content


@dataclass
class Elsewhere:
    """What it answers, what it was asked, by which names of TLS, and on how many connections."""

    port: int
    trust: ssl.SSLContext
    answer: Answering = lambda _: answered()
    asked: list[Asked] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    connections: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"

    def client(self, *addresses: str, **more: Any) -> GuardedClient:
        """A client that trusts it, and finds it by any name and port, at these addresses of this machine."""

        async def resolve(_host: str, _port: int) -> list[Endpoint]:
            return [(address, self.port) for address in addresses or (LOOPBACK,)]

        known: dict[str, Any] = {"resolve": resolve, "allows": lambda _: True, "trusted": self.trust}
        return GuardedClient(**known | more)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers what is asked on a connection."""
        self.connections += 1
        self.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            while True:
                asked = await _read(reader)
                self.asked.append(asked)
                given = self.answer(asked)
                for piece in (given,) if isinstance(given, bytes) else given:
                    await self._say(writer, piece)
        writer.close()

    async def _say(self, writer: asyncio.StreamWriter, piece: bytes | float) -> None:
        if isinstance(piece, float):
            await asyncio.sleep(piece)
            return
        if writer.is_closing():
            raise ConnectionError
        writer.write(piece)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = head[0].split(" ")
    lines = (line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in lines}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, target, headers, body)


@asynccontextmanager
async def elsewhere(
    folder: Path, host: str = LOOPBACK, port: int = 0, names: tuple[str, ...] = (NAME,), *, plain: bool = False
) -> AsyncIterator[Elsewhere]:
    """Such a server, from its start to its end; a `plain` one speaks no TLS."""
    file = certificate(folder / "elsewhere", *names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, file.with_name("privkey.pem"))
    there = Elsewhere(port, ssl.create_default_context(cafile=str(file)))
    context.sni_callback = lambda _, name, __: there.names.append(name)
    server = await asyncio.start_server(there.serve, host, port, ssl=None if plain else context)
    there.port = server.sockets[0].getsockname()[1]
    try:
        yield there
    finally:
        server.close()
        for writer in there.writers:  # or a test that fails before its client is closed would never end
            writer.transport.abort()
        await server.wait_closed()
