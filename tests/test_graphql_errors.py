"""What a caller's program got wrong, and what broke: top-level errors"""

import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]
import pytest
from tortoise.connection import get_connection

from models import User
from resolvers import password_logins
from tests.support.postern import EMAIL, LOGIN, ME, PASSWORD, REGISTER, RESEND, Postern
from tests.support.secrecy import Watch
from tests.support.walks import each

pytestmark = pytest.mark.anyio

validating: Any = sys.modules["graphql.validation.validate"]  # a function of that name stands before the module
NEW_TYPE = "application/graphql-response+json"

REGISTER_ANN = f'register(input: {{email: "{EMAIL}", password: "{PASSWORD}"}}) {{ __typename }}'


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing."""
    return "sqlite"


async def send(postern: Postern, content: bytes | str, **headers: str) -> Any:
    return await postern.http.post("/graphql", content=content, headers={"Content-Type": "application/json"} | headers)


MALFORMED: list[bytes] = [
    b"",
    b"{",
    b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    b"\xff\xfe",
    '{"query": "{ __typename }"}'.encode("utf-16"),
    b'{"query": "\xff"}',
    b"1",
    b'"x"',
    b"null",
    b"[1]",
    b"[" * 50_000,
    b'{"query": ' + b"[" * 50_000,
    b'{"query": ' + b"9" * 5_000 + b"}",
    b"{}",
    b'{"query": 1}',
    b'{"query": "{ me { id } }", "variables": []}',
    b'{"query": "{ me { id } }", "variables": "x"}',
    b'{"query": "{ me { id } }", "operationName": "other"}',
    b'{"query": "{ me { id } }", "operationName": "\\ud800"}',
    b'[{"query": "{ me { id } }"}]',
]


async def test_a_malformed_body_is_a_400_with_a_code(postern: Postern) -> None:
    async def is_told(content: bytes) -> None:
        answer = await send(postern, content)
        body = answer.json()
        codes = [error["extensions"]["code"] for error in body["errors"]]
        assert (answer.status_code, codes, "data" in body) == (400, ["BAD_USER_INPUT"], False)

    await each(MALFORMED, is_told)


WRONG: list[tuple[str, Any, str]] = [
    ("{", None, "GRAPHQL_PARSE_FAILED"),
    ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
    ("{ me { password } }", None, "GRAPHQL_VALIDATION_FAILED"),
    (LOGIN, None, "BAD_USER_INPUT"),
    (LOGIN, {"input": {"email": "ann@example.com"}}, "BAD_USER_INPUT"),
    (LOGIN, {"input": "a string where an object belongs"}, "BAD_USER_INPUT"),
    (LOGIN, {"input": {"email": 1, "password": PASSWORD}}, "BAD_USER_INPUT"),
    (LOGIN, {"input": {"email": None, "password": PASSWORD}}, "BAD_USER_INPUT"),
    (LOGIN, {"input": {"email": "a@example.com", "password": PASSWORD, "admin": True}}, "BAD_USER_INPUT"),
]


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), (NEW_TYPE, 400)])
async def test_a_wrong_operation_is_told_with_its_code_and_not_executed(
    postern: Postern, accept: str, status: int
) -> None:
    async def is_told(case: tuple[str, Any, str]) -> None:
        query, variables, code = case
        answer = await send(postern, json.dumps({"query": query, "variables": variables}), Accept=accept)
        body = answer.json()
        assert (answer.status_code, "data" in body) == (status, False)
        assert answer.headers["Content-Type"].startswith(accept)
        assert {error["extensions"]["code"] for error in body["errors"]} == {code}
        assert all(error["locations"] for error in body["errors"])

    await each(WRONG, is_told)


async def test_a_field_that_is_missing_is_named(postern: Postern) -> None:
    body = await postern.ask(REGISTER, {"input": {"email": "ann@example.com"}})
    assert "password" in body["errors"][0]["message"]
    assert await User.all().count() == 0


@pytest.mark.parametrize("name", [None, "other", ""])
@pytest.mark.parametrize("first", ["query a { __typename }", f"mutation a {{ {REGISTER_ANN} }}"])
async def test_of_several_operations_the_one_that_is_named_runs_and_otherwise_none(
    postern: Postern, first: str, name: str | None
) -> None:
    query = f"{first} mutation b {{ {REGISTER_ANN} }}"
    asked = {"query": query} if name is None else {"query": query, "operationName": name}
    body = (await send(postern, json.dumps(asked))).json()
    assert "data" not in body
    assert [error["extensions"]["code"] for error in body["errors"]] == ["BAD_USER_INPUT"]
    assert await User.all().count() == 0

    body = (await send(postern, json.dumps({"query": query, "operationName": "b"}))).json()
    assert body == {"data": {"register": {"__typename": "Registered"}}}
    assert await User.all().count() == 1


async def test_a_mutation_is_not_done_by_get(postern: Postern) -> None:
    query = f'mutation {{ register(input: {{email: "ann@example.com", password: "{PASSWORD}"}}) {{ __typename }} }}'
    answer = await postern.http.get("/graphql", params={"query": query})
    assert answer.status_code in (400, 405)
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await User.all().count() == 0


async def test_what_a_browsers_form_could_send_is_not_read(postern: Postern) -> None:
    query = f'mutation {{ register(input: {{email: "ann@example.com", password: "{PASSWORD}"}}) {{ __typename }} }}'

    async def is_not_read(kind: str) -> None:
        answer = await send(postern, json.dumps({"query": query}), **{"Content-Type": kind})
        assert answer.status_code in (400, 415)

    await each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""], is_not_read)
    assert await User.all().count() == 0


async def test_a_query_by_get_is_answered(postern: Postern) -> None:
    login = await postern.logged_in()
    headers = {"Authorization": f"Bearer {login['accessToken']}"}
    answer = await postern.http.get("/graphql", params={"query": ME}, headers=headers)
    assert answer.json()["data"]["me"] == login["user"]


async def test_a_program_that_asks_nothing_by_get_gets_no_page(postern: Postern) -> None:
    answer = await postern.http.get("/graphql", headers={"Accept": "*/*"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_known_operation_is_not_validated_again(postern: Postern, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = Mock(side_effect=validating.visit)
    monkeypatch.setattr(validating, "visit", visit)
    query = f"{{ new_{uuid4().hex}: me {{ id }} }}"
    assert [await postern.ask(query), await postern.ask(query)] == 2 * [await postern.ask(query)]
    assert visit.call_count == 1


async def test_what_breaks_is_masked_and_logged_under_the_id_that_the_client_sees(
    postern: Postern, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(password_logins, "find_with_newest", lambda *_, **__: 1 / 0)
    body = await postern.ask(LOGIN, {"input": {"email": "ann@example.com", "password": PASSWORD}})
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "division" not in json.dumps(body)
    assert error["extensions"]["id"] in error["message"]
    assert error["extensions"]["id"] in caplog.text
    assert "ZeroDivisionError" in caplog.text


@asynccontextmanager
async def away(database_url: str) -> AsyncIterator[None]:
    """The database does not serve: PostgreSQL has closed it, SQLite's file is held by another process."""
    if database_url.startswith("sqlite"):
        await get_connection("sqlite").execute_query("PRAGMA busy_timeout = 100")  # milliseconds; ours is 5 s
        with closing(sqlite3.connect(database_url.removeprefix("sqlite://"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    address = urlsplit(database_url)
    name = address.path.removeprefix("/")
    other = await asyncpg.connect(urlunsplit(address._replace(path="/postgres")))
    try:
        await other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await other.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name)
        yield
        await other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    finally:
        await other.close()


async def test_a_database_that_does_not_serve_is_told_and_when_to_come_back(
    postern: Postern, database_url: str
) -> None:
    resend = json.dumps({"query": RESEND, "variables": {"input": {"email": EMAIL}}})
    async with away(database_url):
        answer = await send(postern, resend, **{"Accept-Language": "de"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert error["message"] == "Der Server ist gerade sehr beschäftigt. Bitte versuchen Sie es gleich noch einmal."
    assert "database" not in json.dumps(error).lower()
    assert (await postern.register())["__typename"] == "Registered", "it serves again by itself"


async def test_a_page_too_says_that_the_database_does_not_serve(
    postern: Postern, database_url: str, watch: Watch
) -> None:
    token = await postern.registered()
    async with away(database_url):
        answer = await postern.http.post("/confirm-email", data={"token": token}, headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert sum("unavailable " in line.text for line in watch.lines if line.logger == "web.errors") == 1
    assert (await postern.confirm(token))["alreadyConfirmed"] is False
