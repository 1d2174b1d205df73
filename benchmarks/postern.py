"""Postern in a process of its own, and people who have accounts there."""

import email
import email.policy
import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.processes import PATIENCE_SECONDS, Server, running, until
from settings import ROOT, Settings

PASSWORD = "a quiet gate at dusk"  # noqa: S105 - of accounts that live for one run
PATIENT = {name.upper(): "100000 per second" for name in Settings.model_fields if "_limit_per_" in name}
AT_ONCE = 4  # of the registrations
ME = "{ me { id email name locale } }"
LOGIN = """mutation ($input: LoginInput!) { login(input: $input) { __typename
  ... on LoggedIn { accessToken } ... on Problem { message } } }"""
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { __typename } }"


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Server]:
    """A server that is ready, with limits that nobody reaches; its data is in `folder`."""
    settings = {"DATA_DIR": str(folder), "PORT": "0", "LOG_LEVEL": "warning", **PATIENT, **environment}
    with running(folder, [sys.executable, str(ROOT / "main.py")], settings, folder / "log") as server:
        httpx2.get(f"{server.url}/readyz").raise_for_status()
        yield server


def register(folder: Path, server: Server, emails: Iterable[str]) -> None:
    """Make confirmed accounts, whose letters are in the development mailbox. Raises AssertionError, TimeoutError."""
    with httpx2.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as http, ThreadPoolExecutor(AT_ONCE) as pool:

        def made(address: str) -> None:
            answer = do(http, REGISTER, email=address, password=PASSWORD, name=name_of(address))
            assert answer == {"__typename": "Registered"}, answer  # noqa: S101
            token = until(lambda: token_to(folder, address))
            http.post("/confirm-email", json={"token": token}).raise_for_status()

        list(pool.map(made, emails))


def log_in(http: httpx2.Client, address: str) -> str:
    """The access token of a new session."""
    return str(do(http, LOGIN, email=address, password=PASSWORD)["accessToken"])


def do(http: httpx2.Client, query: str, **inputs: Any) -> dict[str, Any]:
    """What the only field of a mutation gives back."""
    answer = http.post("/graphql", json={"query": query, "variables": {"input": inputs}})
    (result,) = answer.raise_for_status().json()["data"].values()
    return dict(result)


def name_of(address: str) -> str:
    """What somebody is called in these benchmarks."""
    return address.partition("@")[0].capitalize()


def token_to(folder: Path, address: str, path: str = "") -> str | None:
    """The token of the newest link to this path in the letters to somebody, where there is one by now."""
    for file in sorted((folder / "mailbox").glob("*.eml"), reverse=True):
        letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        plain = letter["To"] == address and letter.get_body(("plain",))
        if plain and (found := re.search(rf"{path}\?token=([\w-]+)", plain.get_content())):
            return found[1]
    return None
