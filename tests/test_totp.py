"""startTotp, confirmTotp, removeTotp, createRecoveryCodes, me.secondFactors: an account's own second factors"""

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from models import Device, Letter, RecoveryCode, Session, TotpSecret, User
from resolvers import housekeeping
from security import recovery_codes, totp
from tests.processes.test_secret_rotation import NEW, OLD, RESEAL
from tests.support.account import DELETE, EXPORT, LOGOUT, works
from tests.support.databases import once
from tests.support.factors import (
    CONFIRM_TOTP,
    NEW_CODES,
    NONE,
    REMOVE,
    START,
    STEP_UP,
    App,
    ask,
    complete,
    factors,
    first_step,
    in_steps,
    set_up,
    ticket,
)
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.process import run
from tests.support.secrecy import Watch
from tests.support.told import by, told

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
RFC_SECRET = b"12345678901234567890"
# RFC 6238, appendix B; the last six of its eight digits.
RFC_6238 = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}
# RFC 4226, appendix D
RFC_4226 = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]


@pytest.mark.parametrize(("seconds", "code"), RFC_6238.items())
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert totp.code_of(RFC_SECRET, seconds // 30) == code
    assert totp.step_of(RFC_SECRET, code, seconds) == seconds // 30
    for away in (60, -60) if seconds > 60 else (60,):
        assert totp.step_of(RFC_SECRET, code, seconds + away) is None


def test_counted_codes_are_those_of_the_standard() -> None:
    assert [totp.code_of(RFC_SECRET, counter) for counter in range(10)] == RFC_4226


def test_a_recovery_code_has_120_random_bits() -> None:
    codes = {recovery_codes.new_code() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


async def confirm(server: Postern, login: dict[str, Any], code: str) -> dict[str, Any]:
    return await server.do(CONFIRM_TOTP, login["accessToken"], code=code)


def app_of(started: dict[str, Any]) -> App:
    return App(base64.b32decode(started["secret"]), [])


@once
async def test_the_secret_comes_as_text_address_and_picture_and_counts_once_a_code_has_confirmed_it(
    postern: Postern,
) -> None:
    ben, login = await postern.joined(BEN), await postern.joined()
    phone = await postern.login()
    started = await ask(postern, START, login)

    assert len(base64.b32decode(started["secret"])) == 20
    address = urlsplit(started["uri"])
    assert (address.scheme, address.netloc, unquote(address.path)) == ("otpauth", "totp", f"/Postern:{EMAIL}")
    assert parse_qs(address.query) == {"secret": [started["secret"]], "issuer": ["Postern"]}
    assert started["qrCode"].startswith("data:image/svg+xml")
    assert await factors(postern, login) == NONE
    assert (await postern.login())["__typename"] == "LoggedIn", "nothing is asked for yet"
    assert base64.b32decode(started["secret"]) not in (await TotpSecret.get()).sealed_secret

    confirmed = await confirm(postern, login, app_of(started).code())

    assert (confirmed["sessionsRevoked"], len(confirmed["recoveryCodes"])) == (2, 10)
    assert await told("totp_confirmed") == by(login) | {"closed": 2}
    assert [await works(postern, one) for one in (login, phone, ben)] == [True, False, True]
    shown = await factors(postern, login)
    assert (shown["required"], shown["recoveryCodesLeft"], bool(shown["totpSince"])) == (True, 10, True)
    assert await factors(postern, ben) == NONE
    assert "authenticator app" in (await postern.post.letters_to(EMAIL, 2))[1]["Subject"]
    assert (await first_step(postern))["__typename"] == "SecondFactorNeeded"
    assert (await complete(postern, await ticket(postern), totpCode=app_of(started).code()))[
        "__typename"
    ] == "InvalidProof", "it was used to confirm"


@once
async def test_a_wrong_code_switches_nothing_on(postern: Postern) -> None:
    login = await postern.logged_in()
    before = app_of(await ask(postern, START, login))
    app = app_of(await ask(postern, START, login))  # in its place
    for code in (before.code(), app.wrong_code(), "", "\ud800", app.code(3)):
        assert (await confirm(postern, login, code))["__typename"] == "InvalidProof"
    assert await factors(postern, login) == NONE
    assert await Letter.filter(kind="totp_confirmed").count() == 0
    assert (await confirm(postern, login, app.code()))["__typename"] == "TotpConfirmed"


async def test_after_its_time_a_secret_is_confirmed_no_more_and_swept(postern: Postern) -> None:
    ben, login = await postern.logged_in(BEN), await postern.logged_in()
    assert (await confirm(postern, login, "123456"))["__typename"] == "ExpiredToken"
    app, _ = app_of(await ask(postern, START, login)), await set_up(postern, ben)
    await TotpSecret.filter(user_id=login["user"]["id"]).update(pending_until=datetime.now(UTC))
    assert (await confirm(postern, login, app.code()))["__typename"] == "ExpiredToken"
    swept = await housekeeping.sweep(postern.settings)
    assert (swept.totp_secrets, swept.tickets) == (1, 0)
    assert (await factors(postern, ben))["required"]


async def test_a_new_app_takes_the_place_of_the_old_one_only_once_it_is_confirmed(postern: Postern) -> None:
    login = await postern.logged_in()
    old = await set_up(postern, login)
    new = app_of(await ask(postern, START, login))
    assert (await in_steps(postern, old))["__typename"] == "LoggedIn"
    assert (await complete(postern, await ticket(postern), totpCode=new.code(1)))["__typename"] == "InvalidProof"
    await User.all().update(factor_failures=101)  # at the old one, which may be lost
    confirmed = await confirm(postern, login, new.code())
    assert confirmed["recoveryCodes"] is None, "there are some already"
    assert (await in_steps(postern, new))["__typename"] == "LoggedIn"
    assert (await complete(postern, await ticket(postern), totpCode=await old.fresh_code()))[
        "__typename"
    ] == "InvalidProof"
    assert await TotpSecret.all().count() == 1


async def test_a_removed_app_is_asked_for_no_more_and_told_by_mail(postern: Postern) -> None:
    ben = await postern.joined(BEN)
    bens = await set_up(postern, ben)
    login = await postern.joined()
    app = await set_up(postern, login)
    other = await in_steps(postern, app)
    assert await ask(postern, REMOVE, other) == {"__typename": "TotpRemoved", "secondFactorLeft": False}
    assert await told("totp_removed") == by(other) | {"closed": 1}
    assert await factors(postern, other) == NONE
    assert [await works(postern, one) for one in (login, other, ben)] == [False, True, True]
    assert "no longer asks for a code" in (await postern.post.letters_to(EMAIL, 3))[2]["Subject"]
    assert (await postern.login())["__typename"] == "LoggedIn"
    assert (await ask(postern, REMOVE, other))["__typename"] == "NotFound"
    assert (await ask(postern, NEW_CODES, other))["__typename"] == "NotFound"
    assert (await in_steps(postern, bens, BEN))["__typename"] == "LoggedIn"
    assert await RecoveryCode.all().count() == 10


@once
async def test_new_recovery_codes_void_the_old_ones_and_nobody_elses(postern: Postern) -> None:
    bens = await set_up(postern, await postern.joined(BEN))
    login = await postern.joined()
    app = await set_up(postern, login)
    made = (await ask(postern, NEW_CODES, login))["recoveryCodes"]
    assert len(set(made) | set(app.recovery_codes)) == 20
    assert await told("recovery_codes_created") == by(login)
    old = await complete(postern, await ticket(postern), recoveryCode=app.recovery_codes[0])
    assert old["__typename"] == "InvalidProof"
    assert (await complete(postern, await ticket(postern), recoveryCode=made[0]))["__typename"] == "LoggedIn"
    foreign = await complete(postern, await ticket(postern), recoveryCode=bens.recovery_codes[0])
    assert foreign["__typename"] == "InvalidProof"
    assert "New recovery codes" in (await postern.post.letters_to(EMAIL, 3))[2]["Subject"]
    assert await RecoveryCode.filter(user__canonical_email=BEN).count() == 10


@once
async def test_a_sealed_secret_opens_nothing_in_another_accounts_row(
    postern: Postern, caplog: pytest.LogCaptureFixture
) -> None:
    bens = await set_up(postern, await postern.logged_in(BEN))
    app = await set_up(postern, await postern.logged_in())
    ben, ann = await TotpSecret.all().order_by("id")
    await TotpSecret.filter(id=ann.id).update(sealed_secret=ben.sealed_secret)
    await User.filter(canonical_email=BEN).update(factor_failures=3)
    body = await postern.ask(
        "mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { __typename } }",
        {"input": {"ticket": await ticket(postern), "proof": {"totpCode": await bens.fresh_code()}}},
    )
    assert body["errors"][0]["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfter": 60}
    assert "no key of SECRET_KEY opens the secret of an authenticator app" in caplog.text
    failures = await User.filter(factor_failures__gt=0).values_list("canonical_email", "factor_failures")
    assert failures == [(BEN, 3)], "it was no wrong code"
    assert (await complete(postern, await ticket(postern), recoveryCode=app.recovery_codes[0]))[
        "__typename"
    ] == "LoggedIn"


@once
async def test_a_secret_outlives_a_change_of_the_secret_key(
    make_settings: MakeSettings, tmp_path: Path, database_url: str, post: PostOffice
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url}
    both = f"{NEW},{OLD}"
    async with running(make_settings(**usual, secret_key=OLD), post) as server:
        app = await set_up(server, await server.logged_in())
    async with running(make_settings(**usual, secret_key=both), post) as server:
        assert (await in_steps(server, app))["__typename"] == "LoggedIn"
        environment = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "SECRET_KEY": both}
        resealed = await run(tmp_path, *RESEAL, **environment)
        assert "totp_secrets: 1 looked at, 1 sealed anew" in resealed.output, resealed.complaint
    async with running(make_settings(**usual, secret_key=NEW), post) as server:
        assert (await in_steps(server, app))["__typename"] == "LoggedIn"


@once
async def test_a_start_with_a_key_that_opens_no_app_is_told_to_the_operator(
    make_settings: MakeSettings, database_url: str, post: PostOffice, watch: Watch
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url, "log_format": "json"}
    async with running(make_settings(**usual, secret_key=OLD), post) as server:
        app = await set_up(server, await server.logged_in())
    async with running(make_settings(**usual, secret_key=f"{NEW},{OLD}"), post) as server:
        assert (await in_steps(server, app))["__typename"] == "LoggedIn"
    assert watch.events("totp_secrets_lost") == []
    async with running(make_settings(**usual, secret_key=NEW), post):
        (line,) = watch.events("totp_secrets_lost")
        assert (line["level"], "SECRET_KEY" in line["advice"]) == ("error", True)


async def test_a_whole_life_with_a_second_factor(postern: Postern) -> None:
    """And a neighbour's beside it, who keeps everything."""
    ben = await postern.logged_in(BEN)
    bens = await set_up(postern, ben)
    before = await neighbours(ben)

    app = await set_up(postern, await postern.logged_in())
    login = await in_steps(postern, app, remember=True)
    assert (await factors(postern, login))["rememberedDevices"] == 1
    exported = (await postern.ask(EXPORT, token=login["accessToken"]))["data"]["me"]["exportMyData"]
    assert [len(exported[part]) for part in ("authenticator_apps", "recovery_codes", "login_tickets")] == [1, 10, 0]
    assert base64.b32encode(app.secret).decode() not in str(exported)
    await postern.ask(LOGOUT, token=login["accessToken"])
    known = await first_step(postern, deviceToken=login["deviceToken"])
    assert known["__typename"] == "LoggedIn"
    assert (await postern.do(DELETE, known["accessToken"], password=PASSWORD))["__typename"] == "StepUpNeeded"
    proof = {"totpCode": await app.fresh_code()}
    assert (await postern.do(STEP_UP, known["accessToken"], proof=proof))["__typename"] == "SteppedUp"
    assert (await postern.do(DELETE, known["accessToken"], password=PASSWORD))["__typename"] == "AccountDeleted"

    assert await neighbours(ben) == before
    assert [await table.all().count() for table in (User, TotpSecret, RecoveryCode, Device)] == [1, 1, 10, 0]
    assert (await in_steps(postern, bens, BEN))["__typename"] == "LoggedIn"


async def neighbours(login: dict[str, Any]) -> list[Any]:
    theirs = {"user_id": login["user"]["id"]}
    apps = await TotpSecret.filter(**theirs).values("id", "sealed_secret", "confirmed_at")
    rest = [await table.filter(**theirs).order_by("id").values() for table in (RecoveryCode, Session, Device)]
    return [apps, *rest]


@once
async def test_apps_call_the_server_by_its_issuer(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, totp_issuer="Tür & Tor / 1")
    async with running(settings, post) as server:
        started = await ask(server, START, await server.logged_in())
    assert parse_qs(urlsplit(started["uri"]).query)["issuer"] == ["Tür & Tor / 1"]
    left = datetime.fromisoformat(started["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
