"""refresh"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from models import Session
from security.keys import SecretKey
from security.tokens import RefreshTokens
from tests.support.account import REFRESH, works
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, ME, Postern, running
from tests.support.postoffice import PostOffice, body
from tests.support.secrecy import Watch
from tests.support.walks import each

pytestmark = pytest.mark.anyio


async def let_the_grace_pass() -> None:
    await Session.all().update(rotated_at=datetime.now(UTC) - timedelta(seconds=31))


def generation(token: str) -> int:
    return int(jwt.decode(token, options={"verify_signature": False})["gen"])


@once
async def test_a_refresh_token_trades_for_the_next_pair(postern: Postern) -> None:
    login = await postern.logged_in()
    refreshed = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    assert refreshed["__typename"] == "Refreshed"
    assert generation(refreshed["refreshToken"]) == 2
    assert (await postern.ask(ME, token=refreshed["accessToken"]))["data"]["me"]["email"] == EMAIL
    again = await postern.do(REFRESH, refreshToken=refreshed["refreshToken"])
    assert generation(again["refreshToken"]) == 3
    assert await Session.all().count() == 1


async def test_many_racers_with_one_token_all_get_the_same_successor(postern: Postern) -> None:
    login = await postern.logged_in()
    answers = await asyncio.gather(*(postern.do(REFRESH, refreshToken=login["refreshToken"]) for _ in range(20)))
    (successor,) = {answer["refreshToken"] for answer in answers}
    assert (await postern.do(REFRESH, refreshToken=successor))["__typename"] == "Refreshed"


async def test_a_lost_answer_can_be_asked_for_again_for_half_a_minute(postern: Postern) -> None:
    login = await postern.logged_in()
    first = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    await Session.all().update(rotated_at=(await Session.get()).rotated_at - timedelta(seconds=28))
    second = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    assert generation(second["refreshToken"]) == generation(first["refreshToken"]) == 2


@once
async def test_a_used_token_after_that_closes_the_session_and_tells_its_owner(
    postern: Postern, caplog: pytest.LogCaptureFixture
) -> None:
    postern.http.headers["User-Agent"] = "Stolen browser"
    login = await postern.joined()
    refreshed = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    await let_the_grace_pass()

    refused = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    assert refused == {"__typename": "InvalidToken", "message": "This session has ended. Please log in again."}

    assert (await postern.do(REFRESH, refreshToken=refreshed["refreshToken"]))["__typename"] == "InvalidToken"
    assert not await works(postern, refreshed)
    assert await Session.all().count() == 0
    _, notice = await postern.post.letters_to(EMAIL, 2)
    assert "Stolen browser" in body(notice)
    assert "refresh_token_reused" in caplog.text


async def test_a_token_two_generations_old_closes_the_session_at_once(postern: Postern) -> None:
    first = await postern.logged_in()
    second = await postern.do(REFRESH, refreshToken=first["refreshToken"])
    await postern.do(REFRESH, refreshToken=second["refreshToken"])
    assert (await postern.do(REFRESH, refreshToken=first["refreshToken"]))["__typename"] == "InvalidToken"
    assert await Session.all().count() == 0


@once
async def test_a_reused_token_closes_only_its_own_session(postern: Postern) -> None:
    ben, phone, laptop = await postern.logged_in("ben@example.com"), await postern.logged_in(), await postern.login()
    await postern.do(REFRESH, refreshToken=phone["refreshToken"])
    await let_the_grace_pass()
    await postern.do(REFRESH, refreshToken=phone["refreshToken"])
    assert [await works(postern, one) for one in (phone, laptop, ben)] == [False, True, True]


OWNER = {"User-Agent": "Owners browser/1.0", "X-Forwarded-For": "203.0.113.7"}


@pytest.fixture
async def proxied(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Postern]:
    """A server that learns from a proxy where its clients are, with JSON in its log."""
    where: dict[str, Any] = {"database_url": database_url, "smtp_url": post.url, "log_format": "json"}
    async with running(make_settings(**where, trusted_proxy_count=1), post) as server:
        yield server


@once
async def test_a_thief_cannot_shadow_a_session_by_trading_old_tokens_within_the_grace(
    proxied: Postern, watch: Watch
) -> None:
    owner = proxied.elsewhere(**OWNER)
    thief = proxied.elsewhere(**{"User-Agent": "curl/8", "X-Forwarded-For": "198.51.100.9"})
    login, other = await owner.joined(), await owner.login()
    refreshed = await owner.do(REFRESH, refreshToken=login["refreshToken"])

    assert (await thief.do(REFRESH, refreshToken=login["refreshToken"]))["__typename"] == "InvalidToken"

    assert not await works(owner, refreshed)
    assert await works(owner, other)
    assert len(watch.events("refresh_token_reused")) == 1
    _, notice = await proxied.post.letters_to(EMAIL, 2)
    assert "Owners browser" in body(notice)


@once
async def test_a_thief_who_trades_first_is_found_out_by_the_owner(proxied: Postern) -> None:
    owner = proxied.elsewhere(**OWNER)
    thief = proxied.elsewhere(**{"User-Agent": "curl/8", "X-Forwarded-For": "198.51.100.9"})
    login = await owner.logged_in()
    stolen = await thief.do(REFRESH, refreshToken=login["refreshToken"])
    assert (await owner.do(REFRESH, refreshToken=login["refreshToken"]))["__typename"] == "InvalidToken"
    assert not await works(thief, stolen)
    assert await Session.all().count() == 0


@once
async def test_a_thief_who_trades_in_the_very_same_moment_is_found_out_too(proxied: Postern) -> None:
    owner = proxied.elsewhere(**OWNER)
    thief = proxied.elsewhere(**{"User-Agent": "curl/8", "X-Forwarded-For": "198.51.100.9"})
    login, other = await owner.logged_in(), await owner.login()
    both = (one.do(REFRESH, refreshToken=login["refreshToken"]) for one in (owner, thief))
    assert sorted(result["__typename"] for result in await asyncio.gather(*both)) == ["InvalidToken", "Refreshed"]
    assert not await works(owner, login)
    assert await works(owner, other)


@once
@pytest.mark.parametrize(
    ("racer", "differing"),
    [
        ({}, None),
        ({"X-Forwarded-For": "198.51.100.9"}, "address_block"),
        ({"User-Agent": "Owners browser/1.1"}, "user_agent"),
        ({"User-Agent": ""}, "user_agent"),
    ],
)
async def test_a_racer_who_has_moved_or_been_renewed_is_no_thief_but_leaves_a_line(
    proxied: Postern, watch: Watch, racer: dict[str, str], differing: str | None
) -> None:
    owner = proxied.elsewhere(**OWNER)
    login = await owner.logged_in()
    first = await owner.do(REFRESH, refreshToken=login["refreshToken"])
    second = await proxied.elsewhere(**OWNER | racer).do(REFRESH, refreshToken=login["refreshToken"])
    assert first["refreshToken"] == second["refreshToken"]
    told = [(line["level"], line["differing"]) for line in watch.events("refresh_token_raced")]
    assert told == ([("warning", differing)] if differing else [])
    assert await works(owner, first)


@once
async def test_a_session_that_was_refreshed_before_clients_were_remembered_goes_on(proxied: Postern) -> None:
    owner = proxied.elsewhere(**OWNER)
    login = await owner.logged_in()
    await owner.do(REFRESH, refreshToken=login["refreshToken"])
    await Session.all().update(rotated_agent=None, rotated_block=None)
    racer = proxied.elsewhere(**{"User-Agent": "curl/8", "X-Forwarded-For": "198.51.100.9"})
    assert (await racer.do(REFRESH, refreshToken=login["refreshToken"]))["__typename"] == "Refreshed"


@once
async def test_one_subscriber_is_one_address_however_its_ipv6_moves(proxied: Postern, watch: Watch) -> None:
    here, there = (
        proxied.elsewhere(**{"User-Agent": agent, "X-Forwarded-For": address})
        for agent, address in (("a", "2001:db8::1"), ("b", "2001:db8::2"))
    )
    login = await here.logged_in()
    await here.do(REFRESH, refreshToken=login["refreshToken"])
    assert (await there.do(REFRESH, refreshToken=login["refreshToken"]))["__typename"] == "Refreshed"
    assert [line["differing"] for line in watch.events("refresh_token_raced")] == ["user_agent"]


@once
async def test_where_a_session_was_refreshed_from_cannot_be_read_in_the_database(proxied: Postern) -> None:
    owner = proxied.elsewhere(**OWNER)
    login, another = await owner.logged_in(), await owner.login()
    for one in (login, another):
        await owner.do(REFRESH, refreshToken=one["refreshToken"])
    marks = {(row.rotated_agent, row.rotated_block) for row in await Session.all()}
    assert len(marks) == 2, "the same client has other marks in another session"
    for mark in (part for pair in marks for part in pair):
        assert re.fullmatch("[0-9a-f]{16}", str(mark))


@once
async def test_what_is_no_refresh_token_is_refused_and_changes_nothing(postern: Postern) -> None:
    login = await postern.logged_in()

    async def is_refused(token: str) -> None:
        assert (await postern.do(REFRESH, refreshToken=token))["__typename"] == "InvalidToken"

    await each(["", "x", "a.b.c", "\ud800", "x" * 10_000], is_refused)
    assert await works(postern, login)


@once
async def test_without_any_token_there_is_nothing_to_trade(postern: Postern) -> None:
    body = await postern.ask(REFRESH)
    assert body["data"]["refresh"]["__typename"] == "InvalidToken"


async def test_a_token_that_was_not_used_for_a_month_has_expired(postern: Postern) -> None:
    login = await postern.logged_in()
    session = await Session.get()
    long_ago = datetime.now(UTC) - timedelta(days=31)
    ours = RefreshTokens(postern.settings, SecretKey(postern.settings))
    assert ours.issue(session.id, 1, session.rotated_at, session.expires_at) == login["refreshToken"]
    idle = ours.issue(session.id, 1, long_ago, session.expires_at)
    assert (await postern.do(REFRESH, refreshToken=idle))["__typename"] == "ExpiredToken"
    assert await works(postern, login)


async def test_a_session_half_a_year_old_has_expired(postern: Postern) -> None:
    login = await postern.logged_in()
    session = await Session.get()
    assert session.expires_at - session.created_at == timedelta(days=180)
    await Session.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await postern.do(REFRESH, refreshToken=login["refreshToken"]))["__typename"] == "ExpiredToken"
    assert (await Session.get()).generation == 1


@once
async def test_a_refresh_never_outlives_the_session(postern: Postern) -> None:
    login = await postern.logged_in()
    soon = datetime.now(UTC) + timedelta(days=1)
    await Session.all().update(expires_at=soon)
    refreshed = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    claims = jwt.decode(refreshed["refreshToken"], options={"verify_signature": False})
    assert claims["exp"] == int(soon.timestamp())


@once
async def test_what_the_database_holds_does_not_make_a_token(postern: Postern) -> None:
    """Signed with anything that is in the row, or with the public key, a token is refused."""
    login = await postern.logged_in()
    claims = jwt.decode(login["refreshToken"], options={"verify_signature": False})
    row = (await Session.all().values())[0]
    keys = [str(value).ljust(32, "0") for value in row.values()]
    keys.append((await postern.http.get("/.well-known/jwks.json")).json()["keys"][0]["x"])
    for key in keys:
        forged = jwt.encode(claims, key, algorithm="HS256", headers={"typ": "rt+jwt"})
        assert (await postern.do(REFRESH, refreshToken=forged))["__typename"] == "InvalidToken"
    assert await works(postern, login)


@once
async def test_only_the_claims_that_we_write_are_good_under_our_own_key(postern: Postern) -> None:
    login = await postern.logged_in()
    claims = jwt.decode(login["refreshToken"], options={"verify_signature": False})
    key = SecretKey(postern.settings).derive("refresh tokens")

    async def is_needed(claim: str) -> None:
        lacking = {name: value for name, value in claims.items() if name != claim}
        for wrong in (lacking, claims | {claim: [claims[claim]]}, claims | {claim: "another"}):
            forged = jwt.api_jws.encode(json.dumps(wrong).encode(), key, "HS256", {"typ": "rt+jwt"})
            assert (await postern.do(REFRESH, refreshToken=forged))["__typename"] == "InvalidToken", wrong

    await each(["exp", "iat", "iss", "aud", "sid", "gen"], is_needed)
    assert (await postern.do(REFRESH, refreshToken=login["refreshToken"]))["__typename"] == "Refreshed"
