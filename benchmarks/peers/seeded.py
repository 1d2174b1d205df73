"""Programs that answer `me` and nothing else: their rows and tokens are made for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx2
import jwt

from benchmarks.peers.peer import Person, Request, operation
from benchmarks.peers.program import SECRET, Program, uvicorn
from benchmarks.postern import ME
from benchmarks.postgres import Database

TABLES = (
    "CREATE TABLE users (id uuid PRIMARY KEY, email text UNIQUE NOT NULL, name text, locale text NOT NULL)",
    """CREATE TABLE sessions (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
         expires_at timestamptz NOT NULL)""",
)


@dataclass(frozen=True, kw_only=True)
class Seeded(Program):
    """One of them; a person's id is theirs and their session's."""

    token: str = "JWT, HS256"  # noqa: S105

    def prepare(self, folder: Path, database: Database, people: list[Person]) -> None:  # noqa: ARG002
        """Make the two tables, and a row in each for everybody."""
        database.run(*TABLES)
        for person in people:
            key = _key(person)
            database.run(
                f"INSERT INTO users VALUES ('{key}', '{person.email}', '{person.name}', '{person.locale}')",  # noqa: S608
                f"INSERT INTO sessions VALUES ('{key}', '{key}', now() + interval '1 day')",  # noqa: S608
            )
        database.run("ANALYZE")

    def sign_in(self, http: httpx2.Client, person: Person) -> dict[str, str]:  # noqa: ARG002
        """A token as these servers check it."""
        now = datetime.now(UTC)
        claims = {"sub": _key(person), "sid": _key(person), "iat": now, "exp": now + timedelta(days=1)}
        return {"Authorization": f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256')}"}

    def me(self, headers: Mapping[str, str]) -> Request:
        """The operation."""
        return operation(ME, headers)

    def user(self, answer: Any) -> dict[str, Any]:
        """As any GraphQL server says it."""
        return dict(answer["data"]["me"])


def _key(person: Person) -> str:
    return str(uuid5(NAMESPACE_URL, f"mailto:{person.email}"))


def _mercurius(name: str, **environment: str) -> Seeded:
    command = ("node", "server.js")
    return Seeded(
        name=name, folder="mercurius", command=command, made_of=(), environment=environment, installed_by="npm"
    )


MERCURIUS = _mercurius("Mercurius")
MERCURIUS_JIT = _mercurius("Mercurius with JIT", JIT="1")
NAIVE = Seeded(name="Strawberry, naive", folder="naive", command=uvicorn("app"))
CACHED = Seeded(name="Strawberry, naive with caches", folder="naive", command=uvicorn("cached"), installed_by="pip")
BARE = Seeded(name="Bare ASGI function", folder="bare", command=uvicorn("app"), made_of=("asyncpg", "pyjwt", "uvicorn"))
