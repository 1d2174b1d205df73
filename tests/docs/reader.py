"""Somebody who does what the documents say, block by block, in a folder of their own."""

import asyncio
import email
import email.policy
import json
import os
import re
import shutil
import sqlite3
import sys
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from settings import ROOT, Settings
from tests.docs.blocks import Block
from tests.support import secrecy
from tests.support.postoffice import PostOffice, body
from tests.support.process import PATIENCE_SECONDS, Process, serving

HERE = Path(__file__).parent
PATH = f"{HERE / 'programs'}:{ROOT}:{Path(sys.executable).parent}:{os.environ['PATH']}"
SERVER = "http://127.0.0.1:8000"
DATABASE = "postgres://postern:password@127.0.0.1/postern"
NEW_PASSWORD = "a louder gate at dawn"
PRINTED = re.compile(r"console\.log\(.*\); // (.+)$", re.MULTILINE)
LINK = re.compile(r"https?://\S+(?:token|code)=[\w-]+")

needs_shell = pytest.mark.needs(
    all(map(shutil.which, ("bash", "curl", "make", "openssl"))), "bash, curl, make or openssl is missing"
)


@dataclass
class Reader:
    """Reads blocks in their order; what a shell has set stays set. Raises AssertionError where one does not work.

    What is not taken word for word: SERVER is the address of the server that `make run` has started, and DATABASE
    that of an empty database. `make`, `pip` and `npm` are those of tests/docs/programs.
    """

    folder: Path
    post: PostOffice
    database_url: str
    stack: AsyncExitStack
    server: Process | None = None
    environment: dict[str, str] = field(default_factory=dict)
    output: str = ""

    def __post_init__(self) -> None:
        (self.folder / "node_modules").symlink_to(ROOT / "node_modules")
        (self.folder / "package.json").write_text('{ "type": "module" }')
        self.environment = {"PATH": PATH, "MADE": str(self.folder / "made")}

    async def read(self, block: Block) -> None:
        """Do what a block says."""
        text = block.text.replace(DATABASE, self.database_url)
        if self.server:
            await self._every_letter_is_there()
            text = text.replace(SERVER, str(self.server.http.base_url).rstrip("/"))
        if block.file_name:
            (self.folder / block.file_name).write_text(text)
        else:
            await {"sh": self._sh, "js": self._js, "graphql": self._graphql, "json": self._json}[block.language](text)

    async def _sh(self, text: str) -> None:
        await self._run("bash", "-c", f"set -aeu\n{text}\nenv -0 > after")
        self.environment = _variables(self.folder / "after")
        made = self.folder / "made"
        if made.exists():
            await self._serve(_variables(made))
            made.unlink()

    async def _serve(self, environment: dict[str, str]) -> None:
        """What `make run` does: the first server stays, any other has to become ready."""
        given = {name: value for name, value in environment.items() if name.lower() in Settings.model_fields}
        # docs/login-codes.md asks for a server that sends codes, when this one has been running for a while.
        server = serving(self.folder, self.post, **{"SMTP_URL": "", "LOGIN_CODES": "true"} | given)
        if self.server:
            async with server:
                return
        self.server = await self.stack.enter_async_context(server)

    async def _js(self, text: str) -> None:
        script = self.folder / "script.js"
        script.write_text(text)
        self.environment["NEWEST_LINK"] = self._newest_link() or SERVER
        await self._run("node", "--import", str(HERE / "page.mjs"), script.name)
        assert self.output.splitlines() == PRINTED.findall(text), self.output

    async def _graphql(self, text: str) -> None:
        assert self.server
        token = self._newest_link().rpartition("=")[2]
        variables = {"token": token, "newPassword": NEW_PASSWORD} if "$token" in text else {}
        answer = await self.server.ask(text, variables, self.environment["ACCESS_TOKEN"])
        assert '"message"' not in json.dumps(answer), answer  # neither an error nor a problem

    async def _json(self, text: str) -> None:
        assert _alike(json.loads(text), json.loads(self.output)), self.output

    async def _run(self, *command: str) -> None:
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            *command, cwd=self.folder, env=self.environment, stdout=pipe, stderr=pipe
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            output, complaint = await child.communicate()
        self.output = output.decode()
        assert child.returncode == 0, self.output + complaint.decode()

    async def _every_letter_is_there(self) -> None:
        """A person takes longer than the outbox."""
        with closing(sqlite3.connect(self.folder / "var/postern.sqlite3")) as connection:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while connection.execute("SELECT 1 FROM letters WHERE due_at IS NOT NULL").fetchone():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

    def _newest_link(self) -> str:
        files = sorted((self.folder / "var/mailbox").glob("*.eml"))
        if not files:
            return ""
        letter = email.message_from_bytes(files[-1].read_bytes(), policy=email.policy.default)
        secrecy.present.learn_letter(letter)
        found = LINK.search(body(letter))
        return found[0] if found else ""


def _variables(file: Path) -> dict[str, str]:
    """What `env -0` has printed."""
    return dict(line.split("=", 1) for line in file.read_text().rstrip("\0").split("\0"))


def _alike(expected: Any, found: Any) -> bool:
    """Whether two JSON values are equal, but for strings that the documents leave out."""
    if expected == "…":
        return isinstance(found, str)
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(_alike(expected[key], found[key]) for key in expected)
    return bool(expected == found)
