"""Postern itself, as it runs in production."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks import hashes, postern
from benchmarks.peers.peer import Peer, Person, Request, operation
from benchmarks.postgres import Database
from benchmarks.processes import Server

REDIS = "redis://127.0.0.1:6379/0"  # where several processes count attempts together
NOBODY = "smtp://127.0.0.1:9"  # no letter is sent: that of a registration is in the mailbox before


def _keys() -> dict[str, str]:
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {"PUBLIC_URL": "http://127.0.0.1", "SECRET_KEY": secrets.token_hex(32), "SIGNING_KEYS": pem}


@dataclass(frozen=True, kw_only=True)
class Postern(Peer):
    """One process of it unless its environment asks for more, with limits that nobody reaches."""

    token: str = "JWT, EdDSA"  # noqa: S105
    hash: hashes.Hash | None = hashes.POSTERN
    logged_in: str = '"accessToken":"'
    keys: Mapping[str, str] = field(default_factory=_keys)

    @contextmanager
    def serving(self, folder: Path, database: Database) -> Iterator[Server]:
        """In production."""
        known = {"ENVIRONMENT": "production", "SMTP_URL": NOBODY, **self.keys, **self.environment}
        with postern.serving(folder, DATABASE_URL=database.url, **known) as server:
            yield server

    def prepare(self, folder: Path, database: Database, people: list[Person]) -> None:
        """Register and confirm everybody in development, where there is a mailbox."""
        with postern.serving(folder, DATABASE_URL=database.url, **self.keys) as server:
            postern.register(folder, server, [person.email for person in people])
        database.run("ANALYZE")

    def sign_in(self, http: httpx2.Client, person: Person) -> dict[str, str]:
        """The access token."""
        return {"Authorization": f"Bearer {postern.log_in(http, person.email)}"}

    def me(self, headers: Mapping[str, str]) -> Request:
        """The operation."""
        return operation(postern.ME, headers)

    def user(self, answer: Any) -> dict[str, Any]:
        """As any GraphQL server says it."""
        return dict(answer["data"]["me"])

    def login(self, person: Person) -> Request:
        """The mutation."""
        return operation(postern.LOGIN, {}, email=person.email, password=postern.PASSWORD)


POSTERN = Postern(name="Postern")
LOGGING = Postern(name="Postern, logging each request", environment={"LOG_LEVEL": "info"})
TWO = Postern(name="Postern, two processes", environment={"WEB_CONCURRENCY": "2", "REDIS_URL": REDIS})
