"""`make demo`: kill -9, and the email still arrives. Needs nothing but what the server needs."""
# ruff: noqa: S310 - its addresses are its own

import asyncio
import email
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EMAIL, PASSWORD = "ann@example.com", "a quiet gate at dusk"
PATIENCE_SECONDS = 120
COLOURS = {"step": "1;36", "good": "1;32", "bad": "1;31", "dim": "2"} if sys.stdout.isatty() else {}
FIELD = "mutation ($input: {0}Input!) {{ {1}(input: $input) {{ __typename }} }}"
WAITING = "SELECT kind, attempts, delivered_at FROM letters"
LEASE_IS_OVER = "UPDATE letters SET due_at = created_at"


def say(text: str = "", kind: str = "") -> None:
    """A line, in colour on a terminal."""
    shown = f"\x1b[{COLOURS[kind]}m{text}\x1b[0m" if kind in COLOURS else text
    sys.stdout.write(f"{shown}\n")
    sys.stdout.flush()


@dataclass
class MailServer:
    """Takes what it is sent; says so once it `answers`."""

    answers: bool = False
    letters: list[EmailMessage] = field(default_factory=list)
    offered: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A conversation (RFC 5321)."""
        writer.write(b"220 mail.example\r\n")
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while True:
                line = await reader.readuntil(b"\r\n")
                if line[:4].upper() == b"DATA":
                    writer.write(b"354 Go on\r\n")
                    if not await self._takes(await reader.readuntil(b"\r\n.\r\n")):
                        continue
                writer.write(b"250 OK\r\n")
        writer.close()

    async def _takes(self, letter: bytes) -> bool:
        self.offered.set()
        if self.answers:
            self.letters.append(email.message_from_bytes(letter, policy=default))
            self.arrived.set()
        return self.answers


@dataclass
class Server:
    """`python main.py` on a port of its own, with a database in a folder that goes away."""

    folder: Path
    smtp_url: str
    port: int
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> subprocess.Popen[bytes]:
        """Come back when it is ready."""
        settings = {"PORT": str(self.port), "DATA_DIR": str(self.folder), "SMTP_URL": self.smtp_url}
        environment = {"PATH": os.environ["PATH"], "ENVIRONMENT": "development", **settings}
        with (self.folder / "log").open("ab") as log:
            command = (sys.executable, str(ROOT / "main.py"))
            child = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)  # noqa: ASYNC220
        self.children.append(child)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while child.poll() is None:
                with suppress(OSError):
                    await asyncio.to_thread(lambda: urllib.request.urlopen(f"{self.url}/readyz").close())
                    return child
                await asyncio.sleep(0.05)
        raise SystemExit((self.folder / "log").read_text())

    async def ask(self, mutation: str, **inputs: str) -> str:
        """The type of what a mutation gives back."""
        query = FIELD.format(mutation[0].upper() + mutation[1:], mutation)
        body = json.dumps({"query": query, "variables": {"input": inputs}}).encode()
        asked = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        answer: Any = json.loads(await asyncio.to_thread(lambda: urllib.request.urlopen(asked).read()))
        return str(answer["data"][mutation]["__typename"])

    def sql(self, statement: str) -> list[Any]:
        """What its database answers."""
        with closing(sqlite3.connect(self.folder / "postern.sqlite3", isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()


async def shown(server: Server, mail: MailServer) -> None:
    """The whole story."""
    say(f"1. A server at {server.url}, and a mail server that does not answer yet", "step")
    first = await server.start()
    say(f"2. {EMAIL} registers", "step")
    say(f"   the server answers: {await server.ask('register', email=EMAIL, password=PASSWORD)}")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await mail.offered.wait()
    say("   it hands the email over, and the mail server keeps it waiting")
    first.send_signal(signal.SIGKILL)
    first.wait()
    say(f"3. kill -9 {first.pid}", "bad")
    say(f"   emails that have arrived: {len(mail.letters)}")
    [(kind, attempts, delivered_at)] = server.sql(WAITING)
    say(f"   in the database: {kind}, tries: {attempts}, delivered: {delivered_at}")
    say(
        "   The dead server had leased it for a minute, so that no two servers send it. We do not wait that long:",
        "dim",
    )
    say(f"   {LEASE_IS_OVER}", "dim")
    server.sql(LEASE_IS_OVER)
    mail.answers = True
    say("4. The mail server answers again, and a new server starts", "step")
    await server.start()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await mail.arrived.wait()
    await arrived(server, mail.letters[0])


async def arrived(server: Server, letter: EmailMessage) -> None:
    """The letter, and that its link is good."""
    say(f"   To: {letter['To']}   Subject: {letter['Subject']}", "good")
    text = letter.get_body(("plain",))
    link = re.search(r"\S+token=([\w-]+)", text.get_content() if text else "")
    assert link, "no link"
    say(f"   {link[0]}", "good")
    say("5. Its link confirms the address, and the password logs in", "step")
    say(f"   {await server.ask('confirmEmail', token=link[1])}")
    say(f"   {await server.ask('login', email=EMAIL, password=PASSWORD)}")


async def main() -> None:
    """Tell it, and in how many seconds."""
    started = time.monotonic()
    mail = MailServer()
    smtp = await asyncio.start_server(mail.serve, "127.0.0.1", 0)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="postern-demo-") as folder:
        server = Server(Path(folder), f"smtp://127.0.0.1:{smtp.sockets[0].getsockname()[1]}", port)
        try:
            await shown(server, mail)
        finally:
            for child in server.children:
                child.terminate()
                child.wait()
    smtp.close()
    say(f"\nNothing was lost, in {time.monotonic() - started:.0f} seconds.", "good")


if __name__ == "__main__":
    asyncio.run(main())
