"""the server as a process: it is killed, told to stop, started twice, and told nonsense"""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

import database
from models import Letter
from tests.support.databases import Databases
from tests.support.outbox import LATER
from tests.support.postern import EMAIL
from tests.support.postoffice import Answer, PostOffice
from tests.support.process import serving

pytestmark = pytest.mark.anyio

UVICORN = ("-m", "uvicorn", "--factory", "main:app", "--port", "{port}")


async def test_kill_9_between_commit_and_delivery_loses_no_letter(
    tmp_path: Path, post: PostOffice, database_url: str
) -> None:
    post.answers = [LATER, asyncio.get_running_loop().create_future()]
    async with serving(tmp_path, post, DATABASE_URL=database_url) as server:
        await server.register()  # is put off
        await post.until(lambda: len(post.offered) == 1)
        await server.register("bob@example.com")  # is being handed over
        await post.until(lambda: len(post.offered) == 2)
        await server.kill()
    async with database.opened(database_url, 1):
        assert await Letter.filter(delivered_at=None, due_at__gt=datetime.now(UTC)).count() == 2
        await Letter.all().update(due_at=datetime.now(UTC))  # as if back-off and lease were over
    async with serving(tmp_path, post, DATABASE_URL=database_url) as server:
        for address in (EMAIL, "bob@example.com"):
            await server.confirm(await server.letter_token(address))
            assert (await server.login(address))["__typename"] == "LoggedIn"
    assert len(post.letters) == 2
    assert {letter["Message-ID"] for letter in post.letters} == {letter["Message-ID"] for letter in post.offered}


async def test_told_to_stop_it_answers_the_request_and_finishes_the_letter_in_its_hands(
    tmp_path: Path, post: PostOffice
) -> None:
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    post.answers = [answer]
    content = json.dumps({"query": "{ __typename }"}).encode()
    async with serving(tmp_path, post) as server:
        await server.register()
        await post.until(lambda: len(post.offered) == 1)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.settings.port)
        head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(content)}"
        writer.write(f"{head}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")  # now it waits for the body
        server.child.terminate()
        await server.says("Shutting down")
        writer.write(content)
        assert b'{"data":{"__typename":"Query"}}' in await reader.read()
        writer.close()
        answer.set_result("250 OK")
        assert await server.stopped() == 0
    assert "stopped" in server.log
    async with database.opened(f"sqlite://{tmp_path}/var/postern.sqlite3", 1):
        assert (await Letter.get()).delivered_at


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
async def test_two_servers_started_at_once_on_an_empty_database_deliver_each_letter_once(
    tmp_path: Path, post: PostOffice, all_databases: Databases, dialect: str
) -> None:
    async with all_databases.fresh(dialect, migrated=False) as url, AsyncExitStack() as stack:
        starts = (serving(tmp_path, post, DATABASE_URL=url, SECRET_KEY="s" * 32) for _ in "ab")
        servers = await asyncio.gather(*(stack.enter_async_context(start) for start in starts))
        people = [f"ann{nth}@example.com" for nth in range(40)]
        await asyncio.gather(*(servers[nth % 2].register(email) for nth, email in enumerate(people)))
        await post.until(lambda: len(post.letters) >= 40)
        for server in servers:
            server.child.terminate()
        await asyncio.gather(*(server.stopped() for server in servers))
    assert sorted(post.recipients) == sorted(people)
    assert all(server.log.count("letter_delivered") > 0 for server in servers)


async def test_uvicorn_serves_the_app_too_and_its_log_keeps_the_links_secret(tmp_path: Path, post: PostOffice) -> None:
    async with serving(tmp_path, post, *UVICORN) as server:
        token = await server.registered()
        answer = await server.http.get("/confirm-email", params={"token": token})
        assert answer.status_code == httpx2.codes.OK
        await server.confirm(token)
        server.child.terminate()
        await server.stopped()
    assert "/confirm-email" in server.log
    assert token not in server.log
