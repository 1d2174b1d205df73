"""A service that is away, slow, talkative or out of its mind: nobody waits for it longer than for one answer"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from models import Identity, ProviderLogin, Session, Spent, User
from outside import LONGEST_SECONDS
from providers import answers, metadata
from tests.providers.test_kinds import GitHub, by_github
from tests.support.databases import once
from tests.support.elsewhere import Answer, Asked, answered
from tests.support.ports import free_port
from tests.support.postern import Postern
from tests.support.provider_logins import (
    NATIVE,
    brought_to_frontend,
    left,
    logged_in_by,
    new_nonce,
    new_verifier,
    sent_and_back,
)
from tests.support.secrecy import Watch
from tests.support.service import CLIENT_ID, GOOGLE, Service

pytestmark = [pytest.mark.anyio, once]
PATIENCE_SECONDS, ENOUGH_SECONDS = 10, 0.2
FAILED = {"error": "failed"}
METADATA = "/.well-known/openid-configuration"


@pytest.fixture
def providers() -> str:
    client = f'client_id = "{CLIENT_ID}"\nclient_secret_env = "SERVICE_SECRET"'
    return f"[google]\n{client}\n[github]\n{client}"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (LONGEST_SECONDS, metadata.APART_SECONDS) == (PATIENCE_SECONDS, 60)
    monkeypatch.setattr(answers, "LONGEST_SECONDS", ENOUGH_SECONDS)
    monkeypatch.setattr(metadata, "APART_SECONDS", 0.0)


def slowly(head: bytes, piece: bytes) -> Iterator[bytes | float]:
    """An answer without an end, until nobody listens any more."""
    yield head
    while True:
        yield ENOUGH_SECONDS / 10
        yield piece


ANSWERS: dict[str, Callable[[], Answer]] = {
    "nonsense": lambda: b"\0\xff nonsense\r\n\r\n",
    "a page": lambda: answered(b"<html>We are sorry</html>"),
    "an error": lambda: answered({"error": "server_error"}, "503 Service Unavailable"),
    "ten megabytes": lambda: answered(bytes(10 * 1024**2)),
    "an end": lambda: iter(()),
    "silence": lambda: slowly(b"", b""),
    "byte by byte": lambda: slowly(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
}


async def leaves(server: Postern, _: Service) -> dict[str, str]:
    return brought_to_frontend(await left(server, new_verifier()))


async def is_well(server: Postern, service: Service) -> None:
    """Come back when nobody waits for the answers of before any more."""
    service.there.answer = service.answer
    async with asyncio.timeout(10):
        while not (await left(server, new_verifier())).headers["location"].startswith(GOOGLE):
            pass


async def comes_back(server: Postern, service: Service) -> dict[str, str]:
    return await sent_and_back(server, service, new_verifier())


async def is_in_an_app(server: Postern, service: Service) -> dict[str, str]:
    nonce = await new_nonce(server)
    given = {"provider": "google", "idToken": service.id_token(nonce), "nonce": nonce}
    (error,) = (await server.ask(NATIVE, {"input": given}))["errors"]
    return FAILED if error["extensions"]["code"] == "SERVICE_UNAVAILABLE" else error


DOORS: list[tuple[str, Callable[[Postern, Service], Awaitable[dict[str, str]]]]] = [
    (METADATA, leaves),
    (METADATA, is_in_an_app),
    ("/token", comes_back),
    ("/keys", comes_back),
    ("/keys", is_in_an_app),
]


async def test_whoever_waits_for_an_unwell_service_is_told_soon_and_nothing_is_done(
    server: Postern, service: Service, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, door in DOORS:
        if path != METADATA:
            await is_well(server, service)
        for name, answer in ANSWERS.items():
            monkeypatch.setattr(service.there, "answer", unwell(service, path, answer))
            began = time.monotonic()
            assert await door(server, service) == FAILED, (path, name)
            assert time.monotonic() - began < ENOUGH_SECONDS + 2, (path, name)
    assert len(watch.events("provider_failed")) >= len(DOORS) * len(ANSWERS)
    assert [await table.all().count() for table in (User, Identity, Session, Spent)] == [0] * 4
    assert await ProviderLogin.filter(person__isnull=False).count() == 0
    monkeypatch.setattr(answers, "LONGEST_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(service.there, "answer", service.answer)
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn", "well again"


async def test_a_service_that_is_not_there_is_one_that_fails(
    server: Postern, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "LONGEST_SECONDS", PATIENCE_SECONDS)  # it is told at once
    port, service.there.port = service.there.port, free_port()
    assert await leaves(server, service) == await is_in_an_app(server, service) == FAILED
    service.there.port = port
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"


async def test_several_answers_together_have_the_time_of_one(
    server: Postern, service: Service, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of GitHub's three comes in time."""
    github = GitHub(service)

    def in_time(asked: Asked) -> Iterator[bytes | float]:
        yield ENOUGH_SECONDS * 0.4
        yield github.answer(asked)

    service.there.answer = in_time
    assert await by_github(server) == FAILED
    assert [line["error"] for line in watch.events("provider_failed")] == ["none within 0.2 s"]
    assert "/user/emails" not in [path for _, path in github.asked]
    assert await User.all().count() == 0
    service.there.answer = github.answer
    monkeypatch.setattr(answers, "LONGEST_SECONDS", PATIENCE_SECONDS)
    assert (await by_github(server))["__typename"] == "LoggedIn"


def unwell(service: Service, path: str, answer: Callable[[], Answer]) -> Callable[[Asked], Any]:
    return lambda asked: answer() if urlsplit(asked.target).path == path else service.answer(asked)
