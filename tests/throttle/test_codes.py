"""Codes by mail: ten an hour for an account, and strangers who ask keep no known device from one"""

import asyncio
import logging

import pytest

from models import LoginTicket, Session, User
from tests.support.codes import (
    REQUEST_CODE,
    WITH_CODE,
    by_mail,
    requested,
    step_up,
    step_up_code,
    with_code,
    without_password,
    wrong,
)
from tests.support.databases import once
from tests.support.factors import START_STEP_UP
from tests.support.outbox import done_with, waiting
from tests.support.postern import EMAIL, Postern
from tests.support.secrecy import Watch
from tests.throttle.asking import Throttled, kinds, queries

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
NOBODY = "nobody@example.com"
TEN = {"login_codes": True, "login_code_limit": "10 per hour"}


async def strangers_ask(server: Postern, email: str = EMAIL, count: int = 30) -> None:
    """From as many addresses, until the account's limit is used up."""
    strangers = [server.elsewhere(**{"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(count)]
    answers = await asyncio.gather(*(stranger.do(REQUEST_CODE, email=email) for stranger in strangers))
    assert kinds(list(answers)) == {"LoginCodeSent": 10, "TooManyAttempts": count - 10}


@once
async def test_an_account_gets_ten_codes_an_hour_and_so_does_an_address_without_one(throttled: Throttled) -> None:
    async with throttled(**TEN, trusted_proxy_count=1) as server:
        await server.confirm(await server.registered(BEN))
        for email in (EMAIL, NOBODY):
            await strangers_ask(server, email)
            assert (await server.do(REQUEST_CODE, email=email.upper()))["__typename"] == "TooManyAttempts"
        assert await LoginTicket.all().count() == 20, "what is refused leaves nothing"
        assert (await by_mail(server, BEN))["__typename"] == "LoggedIn"


@once
async def test_strangers_who_ask_and_guess_do_not_keep_the_owners_device_out(throttled: Throttled) -> None:
    async with throttled(**TEN, mail_limit_per_recipient="1 per hour", trusted_proxy_count=1) as server:
        device = (await server.login())["deviceToken"]
        await strangers_ask(server)
        for ticket in [(await server.do(REQUEST_CODE, email=NOBODY))["ticket"] for _ in range(5)]:
            assert kinds([await with_code(server, ticket, "12345678") for _ in range(6)]) == {"InvalidProof": 6}
        await waiting("request_login_code", 9)  # behind the one that a minute has room for

        before = sum(letter["To"] == EMAIL for letter in server.post.letters)
        sent = await server.do(REQUEST_CODE, email=EMAIL, deviceToken=device)
        assert sent["__typename"] == "LoginCodeSent"
        await server.post.letters_to(EMAIL, before + 1)
        await done_with("request_login_code_here")
        assert (await server.do(REQUEST_CODE, email=EMAIL))["__typename"] == "TooManyAttempts"


@once
async def test_a_device_has_exactly_as_many_codes_as_its_limit(throttled: Throttled) -> None:
    async with throttled(login_codes=True, login_code_limit="3 per hour") as server:
        await server.confirm(await server.registered(BEN))
        bens = (await server.login(BEN))["deviceToken"]
        device = (await server.login())["deviceToken"]
        answers = [await server.do(REQUEST_CODE, email=EMAIL, deviceToken=device) for _ in range(5)]
        assert kinds(answers) == {"LoginCodeSent": 3, "TooManyAttempts": 2}
        for token in (bens, "forged", "", "\ud800", None):
            await server.do(REQUEST_CODE, email=EMAIL, deviceToken=token)
        answers = [await server.do(REQUEST_CODE, email=EMAIL) for _ in range(2)]
        assert kinds(answers) == {"TooManyAttempts": 2}, "a token of another account is as none"
        assert (await server.do(REQUEST_CODE, email=BEN, deviceToken=bens))["__typename"] == "LoginCodeSent"


@once
async def test_a_login_forgives_what_was_counted_for_it(throttled: Throttled) -> None:
    async with throttled(login_codes=True, login_code_limit="2 per hour") as server:
        device = (await by_mail(server))["deviceToken"]
        for _ in range(3):
            assert (await by_mail(server))["__typename"] == "LoggedIn"
            assert (await by_mail(server, deviceToken=device))["__typename"] == "LoggedIn"


@once
async def test_asking_counts_for_the_address(throttled: Throttled) -> None:
    async with throttled(login_codes=True, mail_limit_per_address="3 per hour") as server:
        answers = [await server.do(REQUEST_CODE, email=f"n{n}@example.com") for n in range(5)]
        assert kinds(answers) == {"LoginCodeSent": 3, "TooManyAttempts": 2}
        assert await LoginTicket.all().count() == 3


@once
async def test_codes_of_step_ups_count_for_the_address_too(throttled: Throttled) -> None:
    async with throttled(mail_limit_per_address="2 per hour", trusted_proxy_count=1) as server:
        token = (await server.login())["accessToken"]
        await User.all().update(password_hash="")
        another = server.elsewhere(**{"X-Forwarded-For": "203.0.113.7"})
        answers = [
            await one.do(START_STEP_UP, token, method="MAILED_CODE") for one in (server, server, server, another)
        ]
        assert [one["__typename"] == "StepUpStarted" for one in answers] == [True, True, False, True]


@once
async def test_trying_counts_for_the_address(throttled: Throttled) -> None:
    async with throttled(login_codes=True, login_limit_per_address="3 per minute") as server:
        ticket, code = await requested(server)
        answers = [await with_code(server, ticket, wrong(code)) for _ in range(5)]
        assert kinds(answers) == {"InvalidProof": 3, "TooManyAttempts": 2}
        assert (await with_code(server, ticket, code))["__typename"] == "TooManyAttempts"
        assert await Session.all().count() == 0
        assert (await LoginTicket.get()).attempts == 3


@once
async def test_codes_of_step_ups_count_for_the_session(throttled: Throttled) -> None:
    async with throttled(login_codes=True, login_code_limit="3 per hour", trusted_proxy_count=1) as server:
        login = await without_password(server, BEN)
        other = await by_mail(server, BEN)
        for _ in range(4):
            await server.do(REQUEST_CODE, email=BEN)  # strangers' are not the session's
        for _ in range(4):
            assert (await step_up(server, login, *await step_up_code(server, login)))["__typename"] == "SteppedUp"
        answers = [await server.do(START_STEP_UP, login["accessToken"], method="MAILED_CODE") for _ in range(5)]
        assert kinds(answers) == {"StepUpStarted": 3, "TooManyAttempts": 2}
        assert (await step_up(server, other, *await step_up_code(server, other)))["__typename"] == "SteppedUp"


@once
async def test_the_work_is_the_same_whoevers_the_address(
    throttled: Throttled, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    async with throttled(login_codes=True) as server:
        await server.registered("unconfirmed@example.com")
        asked, answers = [], []
        for email in (EMAIL, "unconfirmed@example.com", NOBODY):
            sent = await server.do(REQUEST_CODE, email=email)
            await done_with("request_login_code")
            before = len(queries(watch))
            answers.append(await server.do(WITH_CODE, ticket=sent["ticket"], code="12345678"))
            asked.append([text.split(" WHERE ")[0] for text in queries(watch)[before:]])
        assert answers[0] == answers[1] == answers[2]
        assert answers[0]["__typename"] == "InvalidProof"
        assert asked[0] == asked[1] == asked[2] != []
