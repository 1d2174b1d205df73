"""A live instance, and accounts of it that are known to be confirmed and not confirmed."""

import base64
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx2

from security import totp
from settings import ROOT, Settings
from tests.support.ports import free_port

PATIENCE_SECONDS = 30
PATIENT = {name.upper(): "100000 per second" for name in Settings.model_fields if "_limit" in name}
LOGIN = """mutation ($input: LoginInput!) { result: login(input: $input) { __typename
  ... on LoggedIn { accessToken deviceToken } ... on Problem { message } } }"""
REGISTER = """mutation ($input: RegisterInput!) { result: register(input: $input) { __typename
  ... on Registered { email } ... on InvalidInput { errors { field message } } ... on Problem { message } } }"""
START_TOTP = "mutation { result: startTotp { __typename ... on TotpStarted { secret } } }"
CONFIRM_TOTP = "mutation ($input: ConfirmTotpInput!) { result: confirmTotp(input: $input) { __typename } }"


class CannotTell(Exception):  # noqa: N818
    """Why the comparison is not possible; `str()` is what to do about it."""


@dataclass(frozen=True)
class Accounts:
    """A confirmed and an unconfirmed account that have the same password, and a device token of the confirmed one.

    `protected` is a confirmed one that has a second factor, if there is one.
    """

    confirmed: str
    unconfirmed: str
    password: str
    protected: str = ""
    device_token: str = ""

    @property
    def same_length(self) -> bool:
        """Whether the addresses are of one length, so that Content-Length has to be the same too."""
        return (
            len({len(email) for email in (self.confirmed, self.unconfirmed, self.protected, self.nobody()) if email})
            == 1
        )

    def nobody(self) -> str:
        """An address that nobody has, as long as the confirmed one. Mail to example.com reaches nobody (RFC 2606)."""
        letters = max(12, len(self.confirmed) - len("@example.com"))
        return f"{secrets.token_hex(letters)[:letters]}@example.com"


def ask(client: httpx2.Client, query: str, inputs: dict[str, str], token: str = "") -> httpx2.Response:
    """The answer to one mutation. Raises CannotTell where it is about how much is asked, not about what."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = client.post("/graphql", json={"query": query, "variables": {"input": inputs}}, headers=headers)
    if "TooManyAttempts" in answer.text:
        raise CannotTell("throttled: lower --tries, or raise the instance's limits for this run.")
    if answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE:
        raise CannotTell("the instance answers SERVICE_UNAVAILABLE: try again when it is less busy.")
    return answer


def checked(client: httpx2.Client, accounts: Accounts) -> Accounts:
    """The accounts, which are what they are said to be, with a device token. Raises CannotTell."""
    answers = {}
    known = {accounts.confirmed: "LoggedIn", accounts.unconfirmed: "EmailNotConfirmed"}
    if accounts.protected:
        known[accounts.protected] = "SecondFactorNeeded"
    for email, expected in known.items():
        answers[email] = ask(client, LOGIN, {"email": email, "password": accounts.password})
        found = _typename(answers[email])
        if found != expected:
            raise CannotTell(f"login of {email} with the password should give {expected} and gave {found}.")
    return replace(accounts, device_token=answers[accounts.confirmed].json()["data"]["result"]["deviceToken"])


def make(client: httpx2.Client, password: str) -> Accounts:
    """Accounts made by way of the instance's development mailbox. Raises CannotTell where there is none."""
    if client.get("/mailbox").status_code != httpx2.codes.OK:
        raise CannotTell("the instance has no development mailbox: give --confirmed, --unconfirmed and --password.")
    confirmed, unconfirmed, protected = (f"{name}{secrets.token_hex(8)}@example.com" for name in ("ann", "ben", "eve"))
    for email in (confirmed, unconfirmed, protected):
        found = _typename(ask(client, REGISTER, {"email": email, "password": password}))
        if found != "Registered":
            raise CannotTell(f"register should give Registered and gave {found}.")
    for email in (confirmed, protected):
        token = re.findall(r"token=([\w-]+)", _letter(client, email))[0]
        client.post("/confirm-email", json={"token": token}).raise_for_status()
    _protect(client, protected, password)
    return Accounts(confirmed, unconfirmed, password, protected)


def _protect(client: httpx2.Client, email: str, password: str) -> None:
    login = ask(client, LOGIN, {"email": email, "password": password}).json()["data"]["result"]
    started = ask(client, START_TOTP, {}, login["accessToken"]).json()["data"]["result"]
    code = totp.code_of(base64.b32decode(started["secret"]), int(time.time()) // totp.PERIOD_SECONDS)
    ask(client, CONFIRM_TOTP, {"code": code}, login["accessToken"])


@contextmanager
def own() -> Iterator[str]:
    """A fresh server, with the hash of production, on SQLite or on the DATABASE_URL of the environment: its address."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = {
            **PATIENT,
            "LOGIN_CODES": "true",
            **os.environ,
            "PORT": str(port),
            "DATA_DIR": folder,
            "LOG_LEVEL": "warning",
        }
        process = subprocess.Popen([sys.executable, "main.py"], cwd=ROOT, env=environment)
        try:
            with httpx2.Client(base_url=url) as client:
                _until(lambda: _answers(client))
            yield url
        finally:
            process.terminate()
            process.wait()


def _typename(answer: httpx2.Response) -> Any:
    data = answer.json().get("data") or {}
    return (data.get("result") or {}).get("__typename", answer.text[:200])


def _letter(client: httpx2.Client, email: str) -> str:
    _until(lambda: email in re.sub(r"</?span>", "", client.get("/mailbox").text))  # a long one may break between labels
    for path in re.findall(r'href="(/mailbox/[^"]+)"', client.get("/mailbox").text):
        text = client.get(f"{path}?view=text").text
        if email in text:
            return text
    raise CannotTell(f"the mailbox has no letter for {email}.")


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/readyz").status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise CannotTell(f"the instance did not get ready within {PATIENCE_SECONDS} s.")
        time.sleep(0.05)
