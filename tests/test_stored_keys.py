"""SIGNING_KEYS=database: nodes make the keys of access tokens, share them and change them by themselves"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest

import database
from models import AuditEvent, SigningKey
from resolvers import signing_keys
from resolvers.signing_keys import MOST_SECONDS, UNKNOWN_SECONDS
from resolvers.stored_keys import LostKeys, StoredKeys
from security.keys import NEW_KEYS, KeyRing, SecretKey
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.operators import POSTERN
from tests.support.postern import ME, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, run
from tests.support.secrecy import Watch
from tests.test_key_rotation import accepts, kid, published

pytestmark = pytest.mark.anyio
OLD, NEW = "the old secret of thirty-two bytes", "the new secret of thirty-two bytes"
SHORT = {"signing_keys": "database", "signing_key_announcement": timedelta(seconds=0.5)}  # ten looks in it
DAY = timedelta(days=1)
Node = Callable[..., AbstractAsyncContextManager[Postern]]


@pytest.fixture
def node(make_settings: MakeSettings, database_url: str, post: PostOffice) -> Node:
    """A server whose keys are in the database."""
    usual = {"database_url": database_url, "smtp_url": post.url, "secret_key": OLD, **SHORT}
    return lambda **changes: running(make_settings(**usual | changes), post)


async def when(condition: Callable[[], Awaitable[Any]]) -> Any:
    """What comes of it, as soon as it is true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (found := await condition()):  # noqa: ASYNC110 - the database wakes nobody
            await asyncio.sleep(0.02)
        return found


async def told(event: str) -> list[dict[str, object]]:
    return [row.details for row in await AuditEvent.filter(event=event).order_by("id")]


async def followed(server: Postern) -> dict[str, Any]:
    """A login by the next key, for which the present one has made way because it is old."""
    before = kid(await server.login())
    await SigningKey.all().update(signs_from=datetime.now(UTC) - 90 * DAY)

    async def by_another() -> dict[str, Any] | None:
        login = await server.login()
        return None if kid(login) == before else login

    return dict(await when(by_another))


async def known(server: Postern, *logins: dict[str, Any]) -> bool:
    return sorted(await published(server)) == sorted(kid(login) for login in logins)


async def test_the_first_start_makes_a_key_that_is_sealed_and_outlives_it(node: Node) -> None:
    async with node() as server:
        login = await server.logged_in()
        assert await known(server, login)
        assert b"PRIVATE" not in (await SigningKey.get()).sealed_key
        assert await told("signing_key_added") == [{"kid": kid(login), "signs_in_seconds": 0}]
        answer = await server.http.get("/.well-known/jwks.json")
        assert answer.headers["Cache-Control"] == "public, max-age=0", "others would know too late of a new one"
    async with node(signing_key_announcement=timedelta(hours=1)) as server:
        assert await known(server, login)
        assert await accepts(server, login)
        answer = await server.http.get("/.well-known/jwks.json")
        assert answer.headers["Cache-Control"] == "public, max-age=300"


async def test_an_old_key_is_followed_by_one_that_is_published_before_it_signs_and_goes_with_its_last_token(
    node: Node,
) -> None:
    async with node() as server:
        by_old = await server.logged_in()
        by_new = await followed(server)
        added = (await told("signing_key_added"))[1:]
        assert added == [{"kid": kid(by_new), "signs_in_seconds": 0}], "half a second, in whole ones"
        row = await SigningKey.get(number=2)
        assert row.signs_from - row.created_at == SHORT["signing_key_announcement"]
        assert await published(server) == [kid(by_new), kid(by_old)]
        last_token = timedelta(seconds=901 + 30 + 60)  # its lifetime, the leeway, and what clocks may be apart
        await SigningKey.filter(number=2).update(signs_from=datetime.now(UTC) - last_token + timedelta(seconds=30))
        await server.http.get("/healthz")
        await asyncio.sleep(0.2)  # some looks, which find that it is not over
        assert await accepts(server, by_old)
        await SigningKey.filter(number=2).update(signs_from=datetime.now(UTC) - last_token - timedelta(seconds=1))
        await when(lambda: known(server, by_new))
        assert not await accepts(server, by_old)
        assert await accepts(server, by_new)
        assert await told("signing_key_removed") == [{"kid": kid(by_old)}]


@once
async def test_no_key_goes_before_the_longest_token_that_any_node_signs_with_it(node: Node) -> None:
    async with node():
        assert (await SigningKey.get()).token_seconds == 901
    async with node(access_token_lifetime=DAY):
        assert (await SigningKey.get()).token_seconds == 86_401
    async with node(access_token_lifetime=timedelta(minutes=1)):
        assert (await SigningKey.get()).token_seconds == 86_401


async def test_a_row_that_was_changed_or_put_in_anothers_place_signs_and_verifies_nothing(
    node: Node, watch: Watch
) -> None:
    async with node(log_format="json") as server:
        first = await server.logged_in()
        second = await followed(server)
        await SigningKey.filter(number=1).update(signs_from=datetime.now(UTC))  # or it would be too old to sign again
        sealed = [row.sealed_key for row in await SigningKey.all().order_by("number")]
        await SigningKey.filter(number=2).update(sealed_key=sealed[0])
        await when(lambda: known(server, first))
        assert not await accepts(server, second)
        assert kid(await server.login()) == kid(first)
        await SigningKey.filter(number=1).update(sealed_key=sealed[1][:-1])
        await asyncio.sleep(0.2)  # some looks, none of which opens anything
        assert await accepts(server, first), "what is known stays, where nothing takes its place"
        assert await accepts(server, await server.login())

        async def lost() -> bool:
            return [line["count"] for line in watch.events("signing_keys_lost")] == [1, 2]

        await when(lost)  # and told once, not at each look
        for number, text in enumerate(sealed, 1):
            await SigningKey.filter(number=number).update(sealed_key=text)
        await when(lambda: known(server, first, second))
        assert await accepts(server, second)


@once
async def test_a_node_that_could_not_look_for_too_long_looks_before_it_signs(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with node(signing_key_announcement=timedelta(hours=1)) as server:
        by_old = await server.logged_in()
        ours = server.settings
        pair, removed = await StoredKeys(ours, SecretKey(ours), KeyRing(ours)).replace()  # as a command does
        assert (await told("signing_keys_replaced"), removed) == ([{"kid": pair.kid, "removed": 1}], 1)
        later = time.time() + 2 * MOST_SECONDS
        monkeypatch.setattr(signing_keys, "time", SimpleNamespace(time=lambda: later))
        by_new = await server.login()
        assert (kid(by_new), await known(server, by_new), await accepts(server, by_old)) == (pair.kid, True, False)


@once
async def test_a_start_that_opens_no_key_tells_the_operator(node: Node, watch: Watch) -> None:
    async with node(log_format="json"):
        pass
    with pytest.raises(LostKeys):
        async with node(secret_key=NEW, log_format="json"):
            raise AssertionError("it has started")
    (line,) = watch.events("signing_keys_lost")
    assert (line["level"], line["count"], "SECRET_KEY" in line["advice"]) == ("error", 1, True)


@once
async def test_however_many_ids_of_keys_are_made_up_they_are_looked_for_once(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with node(signing_key_announcement=timedelta(hours=1)) as server:
        login = await server.logged_in()
        claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
        headers = [{"typ": "at+jwt", "kid": f"made up {number}"} for number in range(50)]
        key, looks, look = NEW_KEYS["EdDSA"](), [], StoredKeys.opened

        async def seen(stored: StoredKeys) -> Any:
            looks.append(stored)
            return await look(stored)

        monkeypatch.setattr(StoredKeys, "opened", seen)
        forged = [jwt.encode(claims, key, algorithm="EdDSA", headers=one) for one in headers]
        began = time.monotonic()
        answers = await asyncio.gather(*(server.ask(ME, token=token) for token in forged))
        assert {answer["errors"][0]["extensions"]["code"] for answer in answers} == {"UNAUTHENTICATED"}
        assert 1 <= len(looks) <= 1 + (time.monotonic() - began) / UNKNOWN_SECONDS
        assert await accepts(server, login)


@once
async def test_while_the_secret_key_is_changed_so_that_it_opens_the_keys_no_token_is_refused(
    node: Node, tmp_path: Path, database_url: str
) -> None:
    reseal = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "SECRET_KEY": f"{NEW},{OLD}"}
    async with node() as server:
        login = await server.logged_in()
    async with node(secret_key=f"{NEW},{OLD}") as server:
        assert await accepts(server, login)
        by_second = await followed(server)  # sealed by the new one
        ended = await run(tmp_path, *POSTERN, "reseal", **reseal)
        assert "signing_keys: 2 looked at, 1 sealed anew" in ended.output
    async with node(secret_key=NEW) as server:
        assert await accepts(server, login)
        assert await accepts(server, by_second)
        assert kid(await server.login()) == kid(by_second)
    with pytest.raises(LostKeys):
        async with node(secret_key="another secret of thirty-two bytes"):
            raise AssertionError("it has started")
    async with database.opened(database_url, 1):
        assert await SigningKey.all().count() == 2, "who opens none changes none"
