"""HTTP: health, keys, limits, headers, other origins"""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from models import Link, User
from security.keys import KeyRing
from tests.support.given import MakeSettings
from tests.support.postern import LOGIN, ME, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.walks import each
from tests.test_settings import PRODUCTION, SECRET

pytestmark = pytest.mark.anyio

TYPOS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("{ m }", {}),
    ("mutation { login(inpt: {}) { __typename } }", {}),
    ('mutation { login(input: {emial: "", password: ""}) { __typename } }', {}),
    ("mutation ($input: LoginInpt!) { login(input: $input) { __typename } }", {}),
    ("mutation ($input: LoginInput!) { login(input: $input) { ... on LogedIn { expiresAt } } }", {}),
    (LOGIN, {"input": {"emial": "", "password": ""}}),
    ("{ me @skp(if: true) { id } }", {}),
)


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing."""
    return "sqlite"


async def test_the_process_says_that_it_lives_and_that_it_can_serve(postern: Postern) -> None:
    for path, status in (("/healthz", "ok"), ("/readyz", "ready")):
        answer = await postern.http.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": status})


async def test_it_is_not_ready_where_the_database_lacks_migrations(postern: Postern) -> None:
    await User.raw("DELETE FROM tortoise_migrations")
    answer = await postern.http.get("/readyz")
    assert answer.status_code == 503
    assert "0001_initial" in answer.json()["reason"]
    assert answer.json()["part"] == "migrations"
    assert (await postern.http.get("/healthz")).status_code == 200


async def test_the_public_keys_are_public_only(postern: Postern) -> None:
    answer = await postern.http.get("/.well-known/jwks.json")
    (key,) = answer.json()["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "alg", "use"}
    assert "max-age" in answer.headers["Cache-Control"]


async def test_a_body_over_the_limit_is_a_413_and_not_read(postern: Postern) -> None:
    query = "query {" + " " * postern.settings.max_body_bytes + "me { id } }"
    answer = await postern.http.post("/graphql", json={"query": query})
    assert answer.status_code == 413

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 1000

    answer = await postern.http.post("/graphql", content=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_every_answer_carries_its_requests_id_and_headers_that_browsers_heed(postern: Postern) -> None:
    ids = set()
    for path in ("/graphql", "/healthz", "/confirm-email", "/nowhere", "/.well-known/jwks.json"):
        headers = (await postern.http.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Origin" in headers["Vary"].split(", ")  # whoever asks: a cache may keep it for a page
        assert "Strict-Transport-Security" not in headers
        ids.add(headers["X-Request-ID"])
    assert len(ids) == 5


async def test_what_holds_a_token_is_not_cached(postern: Postern) -> None:
    answer = await postern.http.post("/graphql", json={"query": ME})
    assert answer.headers["Cache-Control"] == "no-store"


async def test_an_address_that_is_not_there_is_a_page_for_people_and_json_for_programs(postern: Postern) -> None:
    program = await postern.http.get("/nowhere")
    assert (program.status_code, program.json()) == (404, {"status": 404})
    person = await postern.http.get("/nowhere", headers={"Accept": "text/html", "Accept-Language": "de"})
    assert person.status_code == 404
    assert '<html lang="de">' in person.text


@pytest.mark.parametrize(("origin", "allowed"), [("https://app.example.com", True), ("https://evil.example", False)])
async def test_only_listed_origins_may_read_answers(
    make_settings: MakeSettings, database_url: str, post: PostOffice, origin: str, allowed: bool
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, cors_origins="https://app.example.com")
    async with running(settings, post) as server:
        preflight = await server.http.options(
            "/graphql",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type",
            },
        )
        answer = await server.http.post("/graphql", json={"query": ME}, headers={"Origin": origin})
    for headers in (preflight.headers, answer.headers):
        assert headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)


async def test_production_hides_the_schema_graphiql_and_the_mailbox_and_asks_for_https(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    KeyRing(make_settings())  # development makes a key, which serves here
    key = make_settings().data_dir / "signing-key-EdDSA.pem"
    here = {"signing_keys": str(key), "smtp_url": post.url, "database_url": database_url}
    async with running(make_settings(**PRODUCTION | here), post) as server:
        page = await server.http.get("/graphql", headers={"Accept": "text/html"})
        assert page.status_code == 404
        assert (await server.http.get("/mailbox")).status_code == 404
        assert "max-age" in page.headers["Strict-Transport-Security"]
        asked = await server.ask("{ __schema { types { name } } }")
        assert asked["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        for typo, variables in TYPOS:
            body = await server.ask(typo, variables)
            assert body["errors"]
            assert "Did you mean" not in json.dumps(body)
            assert SECRET not in json.dumps(body)


async def test_a_page_that_breaks_keeps_its_headers_and_tells_the_errors_id(
    postern: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Link, "get_or_none", lambda **_: 1 / 0)
    page = await postern.http.get("/confirm-email", params={"token": "x"}, headers={"Accept": "text/html"})
    assert page.status_code == 500
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Request-ID"]
    assert "division" not in page.text
    program = await postern.http.get("/confirm-email", params={"token": "x"})
    assert program.json()["status"] == 500
    assert len(program.json()["error_id"]) == 32


async def test_a_path_or_header_that_is_too_long_is_refused_before_it_is_read(postern: Postern) -> None:
    long: tuple[tuple[str, dict[str, str], int], ...] = (
        ("/graphql", {"Cookie": 'x="' + "\\" * 30_000 + '"'}, 431),
        ("/graphql", {"Content-Type": 'application/json; a="' + ";" * 30_000 + '"'}, 431),
        ("/confirm-email", {"Content-Type": "application/json;" + "charset=;" * 200}, 431),
        ("/graphql", {f"X-{nth}": "" for nth in range(100)}, 431),
        ("/static/" + "a/" * 10_000, {}, 414),
    )
    for path, headers, status in long:
        program = await postern.http.post(path, content=b'{"query": "{ __typename }"}', headers=headers)
        assert (program.status_code, program.json()) == (status, {"status": status})
        person = await postern.http.get(path, headers=headers | {"Accept": "text/html", "Accept-Language": "de"})
        assert person.status_code == status
        assert '<html lang="de">' in person.text


async def test_as_much_as_a_limit_says_is_read_and_no_more(postern: Postern) -> None:
    query, most = b'{"query": "{ __typename }"}', postern.settings.max_body_bytes
    usual = len(postern.http.build_request("GET", "/healthz").headers)

    async def is_read(case: tuple[str, list[tuple[str, str]], int]) -> None:
        path, headers, status = case
        assert (await postern.http.get(path, headers=headers)).status_code == status

    async def is_taken(case: tuple[int, bool, int]) -> None:
        length, told, status = case

        async def in_parts() -> AsyncIterator[bytes]:
            yield query
            yield b" " * (length - len(query))

        content = query.ljust(length) if told else in_parts()
        answer = await postern.http.post("/graphql", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == status

    heads = {
        "path": ("/" + "a" * 2047, [], 404),
        "long path": ("/" + "a" * 2048, [], 414),
        "cookies": ("/healthz", [("Cookie", "x" * 8000), ("Cookie", "x" * 192)], 200),
        "long cookies": ("/healthz", [("Cookie", "x" * 8000), ("Cookie", "x" * 193)], 431),
        "type": ("/healthz", [("Content-Type", "x" * 1024)], 200),
        "long type": ("/healthz", [("Content-Type", "x" * 1025)], 431),
        "headers": ("/healthz", [(f"X-{nth}", "") for nth in range(100 - usual)], 200),
        "many headers": ("/healthz", [(f"X-{nth}", "") for nth in range(101 - usual)], 431),
    }
    await each(heads, is_read)
    await each([(most, True, 200), (most + 1, True, 413), (most, False, 200), (most + 1, False, 413)], is_taken)
