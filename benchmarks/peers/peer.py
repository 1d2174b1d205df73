"""What every server that is measured has in common."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import hashes
from benchmarks.postgres import Database
from benchmarks.processes import Server

FIELDS = ("id", "email", "name", "locale")
STACK = ("strawberry-graphql", "tortoise-orm", "asyncpg", "pyjwt", "starlette", "uvicorn")


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    email: str
    name: str
    locale: str = "en"


@dataclass(frozen=True)
class Request:
    """What a client sends."""

    method: str
    path: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        """To the last byte, on a connection that stays."""
        headers = {"Host": "127.0.0.1", **self._headers()}
        if self.body:
            headers["Content-Length"] = str(len(self.body.encode()))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n{self.body}".encode()

    def send(self, http: httpx2.Client) -> httpx2.Response:
        """The answer."""
        http.cookies.clear()
        return http.request(self.method, self.path, content=self.body, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        kind = {"Content-Type": "application/json"} if self.body else {}
        return {**kind, **self.headers}


@dataclass(frozen=True, kw_only=True)
class Peer(ABC):
    """A server that knows people and says to whoever is signed in who they are.

    `token` is what a request brings, `made_of` are libraries of Postern's own environment, `sessions` is the table.
    """

    name: str
    token: str
    sessions: str = "sessions"
    made_of: tuple[str, ...] = STACK
    environment: Mapping[str, str] = field(default_factory=dict)
    hash: hashes.Hash | None = None
    logged_in: str = ""  # what the answer to a login contains

    @property
    def versions(self) -> dict[str, str]:
        """What it is made of."""
        return {name: version(name) for name in self.made_of}

    def install(self) -> None:  # noqa: B027 - most have all
        """Have all that it needs."""

    @abstractmethod
    def serving(self, folder: Path, database: Database) -> AbstractContextManager[Server]:
        """One process of it, as in production, that listens; what it writes is in the folder."""

    @abstractmethod
    def prepare(self, folder: Path, database: Database, people: list[Person]) -> None:
        """Make tables and accounts."""

    @abstractmethod
    def sign_in(self, http: httpx2.Client, person: Person) -> dict[str, str]:
        """What the requests of a new session have as headers."""

    @abstractmethod
    def me(self, headers: Mapping[str, str]) -> Request:
        """Who am I?"""

    @abstractmethod
    def user(self, answer: Any) -> dict[str, Any]:
        """Who that is, as its answer says."""

    def login(self, person: Person) -> Request | None:  # noqa: ARG002
        """The request for a new session, where there is one."""
        return None


def operation(query: str, headers: Mapping[str, str], **inputs: str) -> Request:
    """One of GraphQL."""
    body: dict[str, Any] = {"query": query}
    if inputs:
        body["variables"] = {"input": inputs}
    return Request("POST", "/graphql", json.dumps(body), headers)
