"""the server as a process: it is killed while people are on their way by another service"""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

import database
from models import Identity, ProviderLogin, Session, Step, User
from settings import ROOT
from tests.support.databases import once
from tests.support.elsewhere import Asked
from tests.support.postoffice import PostOffice
from tests.support.process import serving
from tests.support.provider_logins import EXCHANGE, RETURN_TO, left, logged_in_by, new_verifier, sent_and_back
from tests.support.service import CLIENT_SECRET, Service

pytestmark = [pytest.mark.anyio, once]

# `python main.py`, which finds all services on loopback.
PROGRAM = """
import runpy
import ssl

import outside
from outside.guarded import GuardedClient


async def resolve(host, port):
    return [("127.0.0.1", {port})]


trusted = ssl.create_default_context(cafile={file!r})
outside.client = lambda **_: GuardedClient(resolve=resolve, allows=lambda _: True, trusted=trusted)
runpy.run_path({main!r}, run_name="__main__")
"""


@pytest.fixture
def program(tmp_path: Path, service: Service, providers: str) -> str:
    """Its file, beside that of the services."""
    (tmp_path / "providers.toml").write_text(providers)
    file = tmp_path / "beside.py"
    trusted = str(tmp_path / "elsewhere/fullchain.pem")
    file.write_text(PROGRAM.format(port=service.there.port, file=trusted, main=str(ROOT / "main.py")))
    return str(file)


async def test_kill_9_between_callback_and_exchange_leaves_nothing_half_done_and_everybody_can_begin_again(
    tmp_path: Path, post: PostOffice, database_url: str, service: Service, program: str
) -> None:
    given = {"DATABASE_URL": database_url, "SERVICE_SECRET": CLIENT_SECRET}
    given |= {"PROVIDERS": "providers.toml", "RETURN_URLS": RETURN_TO}
    asked = asyncio.Event()

    def silence(_: Asked) -> Iterator[bytes | float]:
        asked.set()
        while True:
            yield b""
            yield 0.05

    async with serving(tmp_path, post, program, **given) as server:
        verifier = new_verifier()
        code = (await sent_and_back(server, service, verifier))["code"]
        there = await left(server, new_verifier())
        brought = service.browser_came(there.headers["location"])
        service.there.answer = silence
        coming_back = asyncio.create_task(server.http.get("/auth/google/callback", params=brought))
        await asked.wait()
        await server.kill()
        with contextlib.suppress(httpx2.HTTPError):
            await coming_back
        cookies = list(server.http.cookies.jar)
    service.there.answer = service.answer
    async with database.opened(database_url, 1):
        assert [await table.all().count() for table in (User, Identity, Session)] == [0, 0, 0]
        assert {row.step for row in await ProviderLogin.all()} == {Step.BACK, Step.ASKING}
    async with serving(tmp_path, post, program, **given) as server:
        for cookie in cookies:
            server.http.cookies.jar.set_cookie(cookie)
        assert (await server.http.get("/auth/google/callback", params=brought)).status_code == 400
        again = await logged_in_by(server, service)
        first = await server.do(EXCHANGE, code=code, codeVerifier=verifier)
        assert (again["__typename"], first["user"]) == ("LoggedIn", again["user"]), "the code's minute is not over"
    async with database.opened(database_url, 1):
        assert [await table.all().count() for table in (User, Identity, Session)] == [1, 1, 2]
