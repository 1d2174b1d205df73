"""Known devices: strangers who fail as often as they like do not keep the owner's out"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from models import Device, Session
from security import tokens
from tests.support.account import (
    CHANGE_PASSWORD,
    DELETE,
    NEW_PASSWORD,
    RESET,
    UNDO_CHANGE,
    requested_change,
    requested_reset,
)
from tests.support.databases import once
from tests.support.postern import EMAIL, LOGIN, PASSWORD, Postern
from tests.support.secrecy import Watch
from tests.throttle.asking import WRONG, Throttled, kinds, queries, tries

pytestmark = pytest.mark.anyio

FIVE = "5 per 5 minutes"
BEN = "ben@example.com"
RESET_HERE = RESET.replace("PasswordReset { email }", "PasswordReset { email deviceToken }")


async def strangers_fail(server: Postern, count: int = 30) -> None:
    """From thirty addresses, until the account's limit is used up."""
    strangers = [server.elsewhere(**{"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(30)]
    answers = await asyncio.gather(*(strangers[n % 30].login(password=WRONG) for n in range(count)))
    assert kinds(list(answers)) == {"InvalidCredentials": 5, "TooManyAttempts": count - 5}


@once
async def test_strangers_do_not_keep_the_owners_device_out(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account=FIVE, login_limit_per_device=FIVE, trusted_proxy_count=1) as server:
        owner = server.elsewhere(**{"X-Forwarded-For": "203.0.113.7"})
        device = (await owner.login())["deviceToken"]
        await strangers_fail(server, 1_000)

        assert (await owner.login(deviceToken=device))["__typename"] == "LoggedIn"

        retry = LOGIN.replace("... on Problem { message }", "... on TooManyAttempts { retryAfter }")
        unknown = await owner.do(retry, email=EMAIL, password=PASSWORD)
        assert unknown["__typename"] == "TooManyAttempts"
        assert 0 < unknown["retryAfter"] <= 300
        assert (await owner.login(deviceToken=device))["__typename"] == "LoggedIn", "and it has forgiven nobody else"


async def test_the_device_that_has_reset_the_password_is_let_in_at_once(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account=FIVE, login_limit_per_device=FIVE, trusted_proxy_count=1) as server:
        await strangers_fail(server)
        reset = await server.do(RESET_HERE, token=await requested_reset(server), newPassword=NEW_PASSWORD)
        await strangers_fail(server)
        assert (await server.login(password=NEW_PASSWORD))["__typename"] == "TooManyAttempts"
        known = await server.login(password=NEW_PASSWORD, deviceToken=reset["deviceToken"])
        assert (known["__typename"], known["deviceToken"]) == ("LoggedIn", None)


@once
async def test_a_device_has_exactly_as_many_tries_as_its_limit_and_its_failures_are_not_the_accounts(
    throttled: Throttled,
) -> None:
    async with throttled(login_limit_per_account=FIVE, login_limit_per_device="7 per 5 minutes") as server:
        device, another = (await server.login())["deviceToken"], (await server.login())["deviceToken"]
        answers = await asyncio.gather(*(server.login(password=WRONG, deviceToken=device) for _ in range(50)))
        assert kinds(list(answers)) == {"InvalidCredentials": 7, "TooManyAttempts": 43}
        assert (await server.login(deviceToken=device))["__typename"] == "TooManyAttempts"
        assert (await server.login(deviceToken=another))["__typename"] == "LoggedIn"
        assert kinds(await tries(server, 8)) == {"InvalidCredentials": 5, "TooManyAttempts": 3}


@once
async def test_a_success_forgives_the_device(throttled: Throttled) -> None:
    async with throttled(login_limit_per_device="3 per 5 minutes") as server:
        device = (await server.login())["deviceToken"]
        for password in (WRONG, WRONG, PASSWORD, WRONG, WRONG, PASSWORD):
            assert (await server.login(password=password, deviceToken=device))["__typename"] != "TooManyAttempts"


@once
async def test_the_limit_of_an_address_stays_for_known_devices(throttled: Throttled) -> None:
    async with throttled(login_limit_per_address="3 per minute") as server:
        device = (await server.login())["deviceToken"]
        answers = [await server.login(deviceToken=device) for _ in range(3)]
        assert kinds(answers) == {"LoggedIn": 2, "TooManyAttempts": 1}


@once
@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 10_000])
async def test_a_token_that_is_none_is_as_none(throttled: Throttled, token: str) -> None:
    async with throttled(login_limit_per_account=FIVE) as server:
        await is_as_none(server, token)


@once
@pytest.mark.parametrize("token", ["foreign", "expired"])
async def test_a_token_that_is_not_one_of_the_account_is_as_none(throttled: Throttled, token: str) -> None:
    async with throttled(login_limit_per_account=FIVE) as server:
        bens = (await server.logged_in(BEN))["deviceToken"]
        anns = (await server.login())["deviceToken"]
        await Device.filter(token_digest=tokens.digest(anns)).update(expires_at=datetime.now(UTC))
        await is_as_none(server, {"foreign": bens, "expired": anns}[token])
        assert (await server.login(BEN, deviceToken=bens))["deviceToken"] is None


async def is_as_none(server: Postern, token: str) -> None:
    answers = [await server.login(password=WRONG, deviceToken=token) for _ in range(6)]
    assert kinds(answers) == {"InvalidCredentials": 5, "TooManyAttempts": 1}
    assert kinds(await tries(server, 1)) == {"TooManyAttempts": 1}, "they have counted for the account"


async def test_a_login_makes_a_device_known_once_and_for_half_a_year(throttled: Throttled) -> None:
    async with throttled() as server:
        first = await server.elsewhere(**{"User-Agent": "Old/1"}).login()
        made = await Device.get()
        assert made.expires_at - made.created_at == timedelta(days=180)
        await Device.all().update(expires_at=datetime.now(UTC) + timedelta(days=1), last_used_at=made.created_at)

        again = await server.elsewhere(**{"User-Agent": "New/2"}).login(deviceToken=first["deviceToken"])

        assert again["deviceToken"] is None
        device = await Device.get()
        assert (device.id, device.user_agent, device.token_digest) == (made.id, "New/2", made.token_digest)
        assert device.expires_at - device.last_used_at == timedelta(days=180)
        assert device.last_used_at > made.last_used_at
        assert first["deviceToken"] not in str(await Device.all().values())
        assert await Session.all().count() == 2


async def test_an_account_knows_twenty_devices_and_forgets_the_one_used_longest_ago(throttled: Throttled) -> None:
    async with throttled() as server:
        bens = (await server.logged_in(BEN))["deviceToken"]
        known = [(await server.login())["deviceToken"] for _ in range(20)]
        assert (await server.login(deviceToken=known[0]))["deviceToken"] is None
        await server.login()
        left = [await Device.exists(token_digest=tokens.digest(token)) for token in known]
        assert left == [True, False, *[True] * 18]
        assert await Device.filter(token_digest=tokens.digest(bens)).count() == 1


@once
@pytest.mark.parametrize("what", ["changed", "reset", "undone", "deleted"])
async def test_devices_are_forgotten_with_what_they_knew(throttled: Throttled, what: str) -> None:
    async with throttled() as server:
        bens = (await server.logged_in(BEN))["deviceToken"]
        login = await server.login()
        old = {device.id for device in await Device.filter(user_id=login["user"]["id"])}
        if what == "changed":
            change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
            await server.do(CHANGE_PASSWORD, login["accessToken"], **change)
        elif what == "reset":
            await server.do(RESET, token=await requested_reset(server), newPassword=NEW_PASSWORD)
        elif what == "undone":
            _, undo = await requested_change(server, login)
            await server.do(UNDO_CHANGE, token=undo)
        else:
            await server.do(DELETE, login["accessToken"], password=PASSWORD)
        left = {device.id for device in await Device.filter(user_id=login["user"]["id"])}
        assert old
        assert not old & left
        assert len(left) == (what == "reset"), "but for the one that has chosen a new password"
        assert (await server.login(BEN, deviceToken=bens))["deviceToken"] is None


@once
async def test_a_refused_login_makes_no_device_known(throttled: Throttled) -> None:
    async with throttled() as server:
        await server.register(BEN)
        assert (await server.login(BEN))["__typename"] == "EmailNotConfirmed"
        await tries(server, 3)
        assert await Device.all().count() == 0
        device = (await server.login())["deviceToken"]
        before = await Device.all().values()
        await server.login(password=WRONG, deviceToken=device)
        assert await Device.all().values() == before


@once
async def test_a_failed_login_is_the_same_work_whoevers_the_address_and_the_token(
    throttled: Throttled, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    async with throttled() as server:
        await server.registered("unconfirmed@example.com")
        device = (await server.login())["deviceToken"]
        for tokens in ((None, ""), ("forged", device)):  # who sends none is not looked up
            asked = []
            for email in (EMAIL, "unconfirmed@example.com", "nobody@example.com"):
                for token in tokens:
                    before = len(queries(watch))
                    await server.login(email, WRONG, deviceToken=token)
                    asked.append(queries(watch)[before:])
            assert {len(one) for one in asked} == {len(asked[0])} != {0}
            assert all(("devices" in one[0]) == (tokens[0] is not None) for one in asked)


@once
async def test_a_device_token_opens_nothing(throttled: Throttled) -> None:
    async with throttled() as server:
        device = (await server.login())["deviceToken"]
        body = await server.ask("{ me { id } }", token=device)
        assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        for password in ("", device):
            refused = await server.login(password=password, deviceToken=device)
            assert refused["__typename"] == "InvalidCredentials"
