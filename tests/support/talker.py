"""An SMTP server that says what a test has written for it, and takes what it has no line for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

GREETING, LETTER = "greeting", "letter"  # the stages that have no command
USUAL = {
    GREETING: "220 talker.test",
    "EHLO": "250-talker.test\r\n250-SMTPUTF8\r\n250 AUTH LOGIN PLAIN",
    "AUTH": "235 2.7.0 Welcome",
    "DATA": "354 Go on",
    "QUIT": "221 Bye",
}


@dataclass
class Talker:
    """`lines` has the reply to a command's word, made of all that was heard so far; `heard` is that."""

    lines: dict[str, Callable[[str], str]]
    heard: str = ""
    url: str = ""
    clients: set[asyncio.StreamWriter] = field(default_factory=set)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.add(writer)
        said = GREETING
        while said:
            reply = self._reply(said)
            writer.write(f"{reply}\r\n".encode("utf-8", "surrogateescape"))
            said = await self._next(reader, letter=said == "DATA" and reply.startswith("3"))
        writer.close()

    def _reply(self, said: str) -> str:
        return self.lines[said](self.heard) if said in self.lines else USUAL.get(said, "250 OK")

    async def _next(self, reader: asyncio.StreamReader, *, letter: bool) -> str:
        """What came next: a command's word, a letter, or nothing."""
        try:
            text = (await reader.readuntil(b"\r\n.\r\n" if letter else b"\r\n")).decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            return ""
        self.heard += text
        return LETTER if letter else text.split()[0].upper()


@asynccontextmanager
async def talker(**lines: Callable[[str], str]) -> AsyncIterator[Talker]:
    """Such a server on loopback; `lines` by the command's word, or by a stage that has none."""
    server = Talker(lines)
    listener = await asyncio.start_server(server.converse, "127.0.0.1", 0)
    server.url = f"smtp://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        for client in server.clients:
            client.close()
