"""startPasskeyLogin and loginWithPasskey: a passkey alone, which is two factors"""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from tortoise.expressions import F

import events
from models import AuditEvent, Passkey, Session, Spent, User
from resolvers import assertions, devices
from tests.support.account import SESSIONS, works
from tests.support.databases import once
from tests.support.factors import START_STEP_UP, ask
from tests.support.given import MakeSettings
from tests.support.passkeys import (
    ADD,
    BE,
    BS,
    DEVICE_BOUND,
    LOGIN_WITH_PASSKEY,
    START_LOGIN,
    SYNCED,
    UP,
    UV,
    SoftKey,
    begun_login,
    begun_registration,
    challenge_of,
    log_in,
    text,
    with_passkey,
)
from tests.support.postern import EMAIL, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.secrecy import Watch
from tests.support.walks import each

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
FIFTY = 50


def kinds(answers: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(answer["__typename"] for answer in answers))


async def everything() -> list[Any]:
    tables = (User, Session, Passkey)
    return [*[await table.all().order_by("id").values() for table in tables], await Spent.all().count()]


async def finish(server: Postern, started: dict[str, Any], credential: Any) -> dict[str, Any]:
    return await server.do(LOGIN_WITH_PASSKEY, ceremony=started["ceremony"], credential=credential)


@pytest.mark.parametrize(("flags", "word"), [(SYNCED, "swk"), (DEVICE_BOUND, "hwk")])
async def test_a_passkey_alone_opens_a_session_of_two_factors(postern: Postern, flags: int, word: str) -> None:
    await with_passkey(postern, await postern.logged_in(BEN))
    key = await with_passkey(postern, await postern.logged_in(), SoftKey(flags=flags), asSecondFactor=True)
    login = await log_in(postern, key)
    assert (login["__typename"], login["user"]["email"], bool(login["deviceToken"])) == ("LoggedIn", EMAIL, True)
    assert await works(postern, login)
    claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
    assert claims["amr"] == [word, "mfa"]
    (session,) = [
        one
        for one in (await postern.ask(SESSIONS, token=login["accessToken"]))["data"]["me"]["sessions"]
        if one["current"]
    ]
    assert session["methods"] == ["PASSKEY"]
    assert session["steppedUpUntil"]
    assert (await Passkey.get(user__canonical_email=EMAIL)).last_used_at
    assert (await Passkey.get(user__canonical_email=BEN)).last_used_at is None


async def test_it_begins_the_same_for_everybody_and_writes_nothing(postern: Postern) -> None:
    login = await postern.logged_in()
    empty = await begun_login(postern)
    await with_passkey(postern, login)
    before, recorded = await everything(), await AuditEvent.all().count()
    full = [await begun_login(postern), await ask(postern, START_LOGIN, login)]
    for started in full:
        assert (started["options"] | {"challenge": ""}) == (empty["options"] | {"challenge": ""})
        assert started["ceremony"] != empty["ceremony"]
    assert len({challenge_of(one["options"]) for one in [empty, *full]}) == 3
    assert (empty["options"]["allowCredentials"], empty["options"]["userVerification"]) == ([], "required")
    assert (await everything(), await AuditEvent.all().count()) == (before, recorded)


async def test_many_uses_of_one_answer_at_once_open_one_session(postern: Postern) -> None:
    key = await with_passkey(postern, await postern.logged_in())
    started, before = await begun_login(postern), await Session.all().count()
    credential = key.get(started["options"])
    answers = await asyncio.gather(*(finish(postern, started, credential) for _ in range(FIFTY)))
    assert kinds(list(answers)) == {"LoggedIn": 1, "InvalidToken": FIFTY - 1}
    assert await Session.all().count() == before + 1
    assert (await finish(postern, started, credential))["__typename"] == "InvalidToken"
    again = key.get(started["options"])
    assert (await finish(postern, started, again))["__typename"] == "InvalidToken", "however it is signed"
    assert (await log_in(postern, key))["__typename"] == "LoggedIn"


async def test_many_answers_by_a_key_that_counts_open_as_many_sessions_as_it_has_counted(postern: Postern) -> None:
    key = await with_passkey(postern, await postern.logged_in(), SoftKey(flags=DEVICE_BOUND))
    begun = [await begun_login(postern) for _ in range(10)]
    before = await Session.all().count()
    answers = await asyncio.gather(*(finish(postern, one, key.get(one["options"], count=1)) for one in begun))
    assert kinds(list(answers)) == {"LoggedIn": 1, "InvalidProof": 9}
    assert await Session.all().count() == before + 1


async def test_a_count_that_does_not_grow_is_refused_and_told_after_a_right_signature(
    postern: Postern,
) -> None:
    key = await with_passkey(postern, await postern.logged_in(), SoftKey(flags=DEVICE_BOUND, count=3))
    passkey = await Passkey.get()
    assert (await log_in(postern, key, count=7))["__typename"] == "LoggedIn"
    before = await everything()
    forged = await log_in(postern, key, count=7, signature=b"not it")
    assert forged["__typename"] == "InvalidProof"
    assert not await AuditEvent.filter(event="passkey_cloned").exists(), "anybody could raise the alarm"
    for count in (7, 6, 0):
        assert (await log_in(postern, key, count=count))["__typename"] == "InvalidProof"
    assert await everything() == before
    cloned = AuditEvent.filter(event="passkey_cloned", subject_id=passkey.user_id, ip_address="127.0.0.1")
    assert await cloned.count() == 3
    assert (await log_in(postern, key, count=8))["__typename"] == "LoggedIn"
    assert (await Passkey.get()).sign_count == 8


LIES: dict[str, dict[str, Any]] = {
    "no user verification": {"flags": UP | BE | BS},
    "nobody present": {"flags": UV | BE | BS},
    "not eligible for backup any more": {"flags": UP | UV},
    "backed up though not eligible": {"flags": UP | UV | BS},
    "another origin": {"client": {"origin": "http://postern.test.evil.example"}},
    "another port": {"client": {"origin": "http://postern.test:8080"}},
    "another scheme": {"client": {"origin": "https://postern.test"}},
    "another domain": {"rp_id": "evil.example"},
    "within a foreign frame": {"client": {"crossOrigin": True}},
    "beneath a foreign page": {"client": {"topOrigin": "https://evil.example"}},
    "another challenge": {"client": {"challenge": text(bytes(64))}},
    "a challenge that is none": {"client": {"challenge": 1}},
    "a registration": {"type": "webauthn.create"},
    "a wrong signature": {"signature": b"x"},
    "no signature": {"signature": b""},
    "somebody else's handle": {"user_handle": text(uuid4().bytes)},
    "no handle": {"user_handle": None},
    "an empty handle": {"user_handle": ""},
    "a number for a handle": {"user_handle": 1},
}


@once
async def test_what_is_not_as_it_was_asked_for_opens_nothing(postern: Postern) -> None:
    key = await with_passkey(postern, await postern.logged_in())
    before = await everything()

    async def opens_nothing(lies: dict[str, Any]) -> None:
        assert (await log_in(postern, key, **lies))["__typename"] == "InvalidProof"

    await each(LIES, opens_nothing)
    assert await everything() == before
    assert (await log_in(postern, key))["__typename"] == "LoggedIn"


async def test_whoever_is_named_by_the_handle_has_to_own_the_passkey(postern: Postern) -> None:
    ben = await postern.logged_in(BEN)
    key = await with_passkey(postern, await postern.logged_in())
    before = await everything()
    bens = text(UUID(ben["user"]["id"]).bytes)
    assert (await log_in(postern, key, user_handle=bens))["__typename"] == "InvalidProof"
    assert await everything() == before


@once
async def test_a_key_that_is_not_eligible_for_backup_does_not_become_so(postern: Postern) -> None:
    key = await with_passkey(postern, await postern.logged_in(), SoftKey(flags=DEVICE_BOUND))
    assert (await log_in(postern, key, flags=SYNCED))["__typename"] == "InvalidProof"
    assert not (await Passkey.get()).backup_eligible


@once
async def test_that_it_is_backed_up_is_kept_up_to_date(postern: Postern) -> None:
    key = await with_passkey(postern, await postern.logged_in(), SoftKey(flags=UP | UV | BE))
    assert not (await Passkey.get()).backed_up
    for flags, backed_up in ((SYNCED, True), (UP | UV | BE, False)):
        assert (await log_in(postern, key, flags=flags))["__typename"] == "LoggedIn"
        assert (await Passkey.get()).backed_up is backed_up


@once
async def test_another_purpose_or_another_key_has_not_begun_it(postern: Postern, make_settings: MakeSettings) -> None:
    login = await postern.logged_in()
    key = await with_passkey(postern, login)
    registration = await begun_registration(postern, login)
    step_up = await postern.do(START_STEP_UP, login["accessToken"], method="PASSKEY")
    before = await everything()
    for ceremony in (registration["ceremony"], step_up["ceremony"], login["accessToken"], "", "x", "\ud800"):
        options = (await begun_login(postern))["options"]
        answer = await finish(postern, {"ceremony": ceremony}, key.get(options))
        assert answer["__typename"] == "InvalidToken"
    assert await everything() == before


@once
async def test_somebody_elses_ceremony_is_as_good_as_any_but_only_for_its_own_challenge(postern: Postern) -> None:
    key = await with_passkey(postern, await postern.logged_in())
    one, other = await begun_login(postern), await begun_login(postern)
    assert (await finish(postern, one, key.get(other["options"])))["__typename"] == "InvalidProof"
    assert (await finish(postern, one, key.get(one["options"])))["__typename"] == "LoggedIn"


@pytest.mark.parametrize("module", [assertions, devices])
async def test_an_account_that_changes_while_the_answer_is_looked_at_or_right_after_is_not_opened(
    postern: Postern, monkeypatch: pytest.MonkeyPatch, module: Any
) -> None:
    key = await with_passkey(postern, await postern.logged_in())
    find, before = module.find, await Session.all().count()

    async def and_then(*arguments: Any) -> Any:
        found = await find(*arguments)
        await User.all().update(credentials_version=F("credentials_version") + 1)
        return found

    monkeypatch.setattr(module, "find", and_then)
    assert (await log_in(postern, key))["__typename"] == "InvalidProof"
    assert await Session.all().count() == before


@once
async def test_an_unknown_passkey_is_told_so_that_the_device_stops_offering_it(postern: Postern) -> None:
    await with_passkey(postern, await postern.logged_in())
    key = SoftKey(user_handle=text(uuid4().bytes))
    before = events.counts["login_failed", "unknown_passkey"]
    unknown = await log_in(postern, key)
    assert (unknown["__typename"], unknown["rpId"]) == ("UnknownPasskey", "postern.test")
    assert events.counts["login_failed", "unknown_passkey"] == before + 1


@once
async def test_in_cookie_mode_a_passkey_keeps_its_tokens_in_cookies_and_knows_its_device(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    home = "https://postern.test"  # where browsers send cookies back to
    async with running(make_settings(database_url=database_url, smtp_url=post.url, public_url=home), post) as server:
        key = await with_passkey(server, await server.logged_in(), SoftKey(origin=home))
        browser = server.elsewhere(**{"X-Token-Transport": "cookie", "Origin": home})
        for known in (False, True):
            login = await log_in(browser, key)
            assert (login["__typename"], login["refreshToken"], login["deviceToken"]) == ("LoggedIn", None, None)
            newest = await AuditEvent.filter(event="logged_in").order_by("-id").first()
            assert newest
            assert newest.details["known_device"] is known
        kept = {cookie.name for cookie in browser.http.cookies.jar}
        assert kept == {"__Host-postern-refresh", "__Host-postern-device"}


@once
async def test_a_failed_one_is_counted_for_its_account_and_its_address(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, login_limit_per_address="4 per minute")
    async with running(settings, post) as server:
        key = await with_passkey(server, await server.logged_in())
        answers = [await log_in(server, key, signature=b"x") for _ in range(3)]
        assert kinds(answers) == {"InvalidProof": 3}
        assert (await log_in(server, key))["__typename"] == "TooManyAttempts"
        assert (await begun_login(server))["__typename"] == "PasskeyLoginStarted"
    assert events.counts["login_failed", "wrong_passkey"] >= 3


@once
async def test_a_start_under_another_domain_is_told_to_the_operator(
    make_settings: MakeSettings, database_url: str, post: PostOffice, watch: Watch
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url, "log_format": "json"}
    async with running(make_settings(**usual), post) as server:
        key = await with_passkey(server, await server.logged_in())
    assert watch.events("passkeys_of_another_domain") == []
    moved = make_settings(**usual, public_url="http://accounts.example")
    async with running(moved, post) as server:
        (line,) = watch.events("passkeys_of_another_domain")
        assert (line["rp_id"], line["before"]) == ("accounts.example", "postern.test")
        key.origin = "http://accounts.example"
        assert (await log_in(server, key, rp_id="postern.test"))["__typename"] == "InvalidProof"
        assert (await server.login())["__typename"] == "LoggedIn"


GARBAGE: list[Any] = [
    *([], [[]], {}, "", "{}", 1, True, 1.5, {"id": []}, {"id": "AAAA"}, {"id": "\ud800"}, {"id": "a\x00"}),
    *({"id": "A" * 1365}, {"id": "=", "rawId": "="}, "[" * 400),
]


@once
async def test_what_is_no_answer_is_no_crash(postern: Postern) -> None:
    login = await postern.logged_in()
    await with_passkey(postern, login)
    before = await everything()

    async def is_refused(garbage: Any) -> None:
        opened = await finish(postern, await begun_login(postern), garbage)
        assert opened["__typename"] in ("InvalidProof", "UnknownPasskey")
        ceremony = (await begun_registration(postern, login))["ceremony"]
        added = await postern.do(ADD, login["accessToken"], ceremony=ceremony, credential=garbage)
        assert added["__typename"] == "InvalidProof"

    await each(GARBAGE, is_refused)
    assert await everything() == before
