"""The real server, in a process of its own."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from settings import ROOT, Settings
from tests.support import blank, children, secrecy
from tests.support.children import Child
from tests.support.ports import free_port
from tests.support.postern import HOOKS, Postern
from tests.support.postoffice import PostOffice

PATIENCE_SECONDS = 60  # a loaded machine is slow
PATIENT = {name.upper(): "100000 per second" for name in Settings.model_fields if "_limit" in name}
CHEAP = {"ARGON2_MEMORY_KIB": "8", "ARGON2_TIME_COST": "1", **PATIENT}
SERVE = (str(ROOT / "main.py"),)
SERVES = re.compile(r'] serving |"serving"|Uvicorn running on')
SECRET = "no one may ever read this in any log"


@dataclass(frozen=True)
class Ended:
    """How a program ended and what it said."""

    code: int
    output: str
    complaint: str


@dataclass
class Process(Postern):
    """A server that can be told to stop, or killed; `log` is all that it has printed."""

    child: Child
    file: Path

    @property
    def log(self) -> str:
        return self.file.read_text()

    async def says(self, words: str, times: int = 1) -> None:
        """Come back as soon as these words are in the log, so many times."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.log.count(words) < times:  # noqa: ASYNC110 - a file wakes nobody
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """End it as a loss of power would."""
        self.child.kill()
        await self.child.wait()

    async def stopped(self) -> int:
        """Its exit code, as soon as it has ended."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.child.wait()


def production() -> dict[str, str]:
    """What production asks for."""
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "ENVIRONMENT": "production",
        "PUBLIC_URL": "https://accounts.example.com",
        "SECRET_KEY": SECRET,
        "SIGNING_KEYS": pem,
    }


def _environment(given: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **CHEAP, **given}


async def run(folder: Path, *command: str, **environment: str) -> Ended:
    """`python main.py`, or another of Python's commands, with these settings and nothing else, until it ends."""
    child = children.start(folder, command or SERVE, _environment(environment), "output", "complaint")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            code = await child.wait()
    finally:
        child.kill()
    output, complaint = ((folder / name).read_text() for name in ("output", "complaint"))
    # What a command prints is for who has asked, and may have an address; nobody's secret all the same.
    secrecy.present.read(output, "cli" if command[:2] == ("-m", "cli") else "main")
    secrecy.present.read(complaint)
    return Ended(code, output, complaint)


@asynccontextmanager
async def serving(folder: Path, post: PostOffice, *command: str, **environment: str) -> AsyncIterator[Process]:
    """A server that is ready, killed at the end unless it has ended before. A `{port}` in the command is its port.

    That is PORT, or else one that is free.

    `python main.py` with no DATABASE_URL finds a database that is migrated.
    """
    port = int(environment.get("PORT") or free_port())
    settings = {"PORT": str(port), "DATA_DIR": str(folder / "var"), "SMTP_URL": post.url} | environment
    if not command and "DATABASE_URL" not in environment:
        blank.give(f"sqlite://{folder}/var/postern.sqlite3")
    file = folder / f"{port}.log"
    named = tuple(part.replace("{port}", str(port)) for part in command or SERVE)
    child = children.start(folder, named, _environment(settings), file.name, file.name)
    known = Settings(_env_file=None, port=port, data_dir=folder / "var")
    try:
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS, event_hooks=HOOKS, verify=False
        ) as http:
            process = Process(known, http, post, child, file)
            await _ready(process)
            yield process
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        secrecy.present.read(file.read_text())


async def _ready(process: Process) -> None:
    """Come back when it has said that it serves, so that nobody else has its port, and that it is ready."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not SERVES.search(process.log):  # a file wakes nobody
                assert process.child.returncode is None, "it has ended"
                await asyncio.sleep(0.02)
            while (await process.http.get("/readyz")).status_code != httpx2.codes.OK:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    except BaseException as error:
        error.add_note(process.log)
        raise
