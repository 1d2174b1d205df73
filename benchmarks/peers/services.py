"""Libraries for accounts: these make their own tables, accounts and sessions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2

from benchmarks import hashes
from benchmarks.peers.peer import Person, Request
from benchmarks.peers.program import Program, uvicorn
from benchmarks.postern import PASSWORD
from benchmarks.postgres import Database
from benchmarks.processes import PATIENCE_SECONDS


@dataclass(frozen=True, kw_only=True)
class Service(Program):
    """One whose accounts are made by asking it."""

    registration: str
    made_of: tuple[str, ...] = ()

    def prepare(self, folder: Path, database: Database, people: list[Person]) -> None:
        """Have it make its tables, and register everybody."""
        with (
            self.serving(folder, database) as server,
            httpx2.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as http,
        ):
            for person in people:
                known = {"email": person.email, "password": PASSWORD, "name": person.name}
                Request("POST", self.registration, json.dumps(known)).send(http).raise_for_status()
        database.run("ANALYZE")


class BetterAuth(Service):
    """Sessions are rows, found by a signed cookie."""

    def login(self, person: Person) -> Request:
        """Sign in with email."""
        return Request("POST", "/api/auth/sign-in/email", json.dumps({"email": person.email, "password": PASSWORD}))

    def sign_in(self, http: httpx2.Client, person: Person) -> dict[str, str]:
        """The cookie."""
        cookies = self.login(person).send(http).headers.get_list("set-cookie")
        return {"Cookie": "; ".join(cookie.partition(";")[0] for cookie in cookies)}

    def me(self, headers: Mapping[str, str]) -> Request:
        """The session, with its user."""
        return Request("GET", "/api/auth/get-session", headers=headers)

    def user(self, answer: Any) -> dict[str, Any]:
        """The user's part."""
        return dict(answer["user"])


class FastapiUsers(Service):
    """Sessions are rows, found by a token."""

    def login(self, person: Person) -> Request:
        """A form, as OAuth has it."""
        form = urlencode({"username": person.email, "password": PASSWORD})
        return Request("POST", "/auth/login", form, {"Content-Type": "application/x-www-form-urlencoded"})

    def sign_in(self, http: httpx2.Client, person: Person) -> dict[str, str]:
        """The token."""
        return {"Authorization": f"Bearer {self.login(person).send(http).json()['access_token']}"}

    def me(self, headers: Mapping[str, str]) -> Request:
        """The current user."""
        return Request("GET", "/users/me", headers=headers)

    def user(self, answer: Any) -> dict[str, Any]:
        """All of it."""
        return dict(answer)


BETTER_AUTH = BetterAuth(
    name="Better Auth",
    folder="better_auth",
    command=("node", "server.js"),
    token="signed cookie",  # noqa: S106
    sessions="session",
    installed_by="npm",
    hash=hashes.BETTER_AUTH,
    logged_in='"token":"',
    registration="/api/auth/sign-up/email",
)
FASTAPI_USERS = FastapiUsers(
    name="fastapi-users",
    folder="fastapi_users",
    command=uvicorn("app"),
    token="random, stored",  # noqa: S106
    sessions="accesstoken",
    installed_by="pip",
    hash=hashes.PWDLIB,
    logged_in='"access_token":"',
    registration="/auth/register",
)
