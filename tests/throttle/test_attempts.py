"""Throttling: attempts are counted per resolver call, per account and per address block"""

import asyncio

import pytest

from models import Session, User
from tests.support.account import (
    CHANGE_PASSWORD,
    CONFIRM_CHANGE,
    DELETE,
    NEW_EMAIL,
    NEW_PASSWORD,
    REQUEST_CHANGE,
    REQUEST_RESET,
    RESET,
    SET_PASSWORD,
    UNDO_CHANGE,
    requested_reset,
)
from tests.support.postern import CONFIRM, EMAIL, LOGIN, PASSWORD, REGISTER, RESEND, Postern
from tests.throttle.asking import WRONG, Throttled, kinds, tries

pytestmark = pytest.mark.anyio


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing."""
    return "sqlite"


def another(server: Postern) -> Postern:
    """The same server, as it is known at another address."""
    return server.elsewhere(**{"X-Forwarded-For": "203.0.113.7"})


async def test_of_many_failed_logins_at_once_exactly_the_allowed_number_is_evaluated(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="5 per 5 minutes") as server:
        assert kinds(await tries(server, 60)) == {"InvalidCredentials": 5, "TooManyAttempts": 55}
        assert (await server.login())["__typename"] == "TooManyAttempts", "even the right password waits"
        assert await Session.all().count() == 0


async def test_an_unknown_address_is_counted_alike(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="5 per 5 minutes") as server:
        for email in ("nobody@example.com", "no address"):
            assert kinds(await tries(server, 8, email=email)) == {"InvalidCredentials": 5, "TooManyAttempts": 3}
        assert (await server.login())["__typename"] == "LoggedIn", "another account is not touched"


async def test_every_spelling_of_an_address_counts_as_one(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="2 per 5 minutes") as server:
        answers = [await server.login(spelling, WRONG) for spelling in (EMAIL.upper(), f" {EMAIL}", "ａnn@example.com")]
        assert kinds(answers) == {"InvalidCredentials": 2, "TooManyAttempts": 1}


async def test_the_owner_is_told_when_to_come_back_to_the_second_and_may(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="1 per 2 seconds") as server:
        retry = LOGIN.replace("... on Problem { message }", "... on TooManyAttempts { retryAfter }")
        await server.login(password=WRONG)
        refused = await server.do(retry, email=EMAIL, password=PASSWORD)
        assert refused["__typename"] == "TooManyAttempts"
        assert 1 <= refused["retryAfter"] <= 2
        await asyncio.sleep(refused["retryAfter"])  # the promise itself: not a guess at how long something takes
        assert (await server.login())["__typename"] == "LoggedIn"


async def test_a_success_forgives_the_account_but_not_the_address(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="3 per minute", login_limit_per_address="6 per minute") as server:
        for password in (WRONG, WRONG, PASSWORD, WRONG, WRONG, PASSWORD):
            assert (await server.login(password=password))["__typename"] != "TooManyAttempts"
        assert (await server.login())["__typename"] == "TooManyAttempts"


async def test_a_registration_of_an_address_does_not_buy_more_guesses_at_its_password(throttled: Throttled) -> None:
    strangers = "squatting here since dawn"
    async with throttled(login_limit_per_account="3 per 5 minutes") as server:
        await server.register(password=strangers)
        answers = [await server.login(password=password) for password in (WRONG, strangers, WRONG, PASSWORD)]
        assert [answer["__typename"] for answer in answers] == [
            "InvalidCredentials",
            "EmailNotConfirmed",
            "InvalidCredentials",
            "TooManyAttempts",
        ]


async def test_who_was_impatient_before_confirming_can_log_in_after_it(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="2 per 5 minutes") as server:
        token = await server.registered("ben@example.com")
        answers = await tries(server, 3, PASSWORD, "ben@example.com")
        assert kinds(answers) == {"EmailNotConfirmed": 2, "TooManyAttempts": 1}
        await server.confirm(token)
        assert (await server.login("ben@example.com"))["__typename"] == "LoggedIn"


async def test_a_locked_account_has_a_way_round_for_its_owner(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="1 per 5 minutes") as server:
        await server.login(password=WRONG)
        result = await server.do(RESET, token=await requested_reset(server), newPassword=NEW_PASSWORD)
        assert result["__typename"] == "PasswordReset"
        assert (await server.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"


async def test_asking_for_the_password_again_counts_for_the_session(throttled: Throttled) -> None:
    async with throttled(login_limit_per_device="3 per 5 minutes") as server:
        thief, owner = (await server.login())["accessToken"], (await server.login())["accessToken"]
        change = {"currentPassword": WRONG, "newPassword": NEW_PASSWORD}
        answers = await asyncio.gather(*(server.do(CHANGE_PASSWORD, thief, **change) for _ in range(20)))
        assert kinds(list(answers)) == {"InvalidCredentials": 3, "TooManyAttempts": 17}
        for query, inputs in (
            (DELETE, {"password": PASSWORD}),
            (REQUEST_CHANGE, {"newEmail": NEW_EMAIL, "password": PASSWORD}),
        ):
            assert (await server.do(query, thief, **inputs))["__typename"] == "TooManyAttempts", "they count together"
        right = change | {"currentPassword": PASSWORD}
        assert (await server.do(CHANGE_PASSWORD, owner, **right))["__typename"] == "PasswordChanged"


async def test_a_right_password_forgives_the_session_and_not_the_account(throttled: Throttled) -> None:
    limits = {"login_limit_per_device": "3 per 5 minutes", "login_limit_per_account": "3 per 5 minutes"}
    async with throttled(**limits) as server:
        token = (await server.login())["accessToken"]
        await tries(server, 3)
        wrong, right = ({"newEmail": NEW_EMAIL, "password": password} for password in (WRONG, PASSWORD))
        answers = [await server.do(REQUEST_CHANGE, token, **inputs) for inputs in (wrong, wrong, right, wrong, wrong)]
        assert kinds(answers) == {"InvalidCredentials": 4, "EmailChangeRequested": 1}
        assert kinds(await tries(server, 1)) == {"TooManyAttempts": 1}, "strangers get no more guesses by that"


@pytest.mark.parametrize(
    ("query", "inputs"),
    [
        (REGISTER, {"email": "new@example.com", "password": PASSWORD}),
        (RESEND, {"email": "new@example.com"}),
        (REQUEST_RESET, {"email": "new@example.com"}),
    ],
)
async def test_an_address_block_may_ask_for_so_many_letters(
    throttled: Throttled, query: str, inputs: dict[str, str]
) -> None:
    async with throttled(mail_limit_per_address="20 per hour", trusted_proxy_count=1) as server:
        answers = await asyncio.gather(*(server.do(query, **inputs) for _ in range(30)))
        assert kinds(list(answers))["TooManyAttempts"] == 10
        assert "TooManyAttempts" not in kinds([await another(server).do(query, **inputs)])


async def test_asking_for_another_letter_by_an_old_link_counts_with_them(throttled: Throttled) -> None:
    async with throttled(mail_limit_per_address="1 per hour") as server:
        form = {"token": "guess", "resend": "1"}
        answers = [await server.http.post("/confirm-email", data=form) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [400, 429]


async def test_a_new_password_counts_with_the_letters_that_it_sends(throttled: Throttled) -> None:
    async with throttled(mail_limit_per_address="2 per hour", trusted_proxy_count=1) as server:
        token = (await server.login())["accessToken"]
        answers = []
        for old, new in ((PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, PASSWORD), (PASSWORD, NEW_PASSWORD)):
            answers.append(await server.do(CHANGE_PASSWORD, token, currentPassword=old, newPassword=new))
        assert kinds(answers) == {"PasswordChanged": 2, "TooManyAttempts": 1}
        assert (await server.login(password=PASSWORD))["__typename"] == "LoggedIn"
        await User.all().update(password_hash="")
        first = [await one.do(SET_PASSWORD, token, newPassword=NEW_PASSWORD) for one in (server, another(server))]
        assert kinds(first) == {"PasswordChanged": 1, "TooManyAttempts": 1}


@pytest.mark.parametrize(
    ("mutation", "page", "more"),
    [
        (CONFIRM, "/confirm-email", {}),
        (CONFIRM_CHANGE, "/confirm-email-change", {}),
        (UNDO_CHANGE, "/undo-email-change", {}),
        (RESET, "/reset-password", {"newPassword": NEW_PASSWORD}),
    ],
)
async def test_links_are_not_to_be_guessed_at(
    throttled: Throttled, mutation: str, page: str, more: dict[str, str]
) -> None:
    async with throttled(link_limit_per_address="5 per minute", trusted_proxy_count=1) as server:
        assert kinds([await server.do(mutation, token=f"guess{n}", **more) for n in range(6)]) == {
            "InvalidToken": 5,
            "TooManyAttempts": 1,
        }
        answer = await server.http.post(page, json={"token": "guess"} | more)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert kinds([await another(server).do(mutation, token="guess", **more)]) == {"InvalidToken": 1}


@pytest.mark.parametrize(
    ("count", "forwarded", "known"),
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "evil, 203.0.113.7", "203.0.113.7"),
        (2, "evil, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "203.0.113.7", "127.0.0.1"),
        (1, "not an address", "127.0.0.1"),
        (1, f"fe80::1%{'eth' * 30}", "fe80::1"),
        (1, "", "127.0.0.1"),
    ],
)
async def test_forwarded_for_is_believed_as_far_as_trusted_proxies_have_written_it(
    throttled: Throttled, count: int, forwarded: str, known: str
) -> None:
    async with throttled(trusted_proxy_count=count) as server:
        server.http.headers["X-Forwarded-For"] = forwarded
        await server.login()
        assert (await Session.get()).ip_address == known


async def test_an_ipv6_subscriber_is_a_whole_block(throttled: Throttled) -> None:
    async with throttled(login_limit_per_address="2 per minute", trusted_proxy_count=1) as server:
        answers = []
        for address in ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:9::3", "2001:db8:0:1::1"):
            server.http.headers["X-Forwarded-For"] = address
            answers.append(await server.login(password=WRONG))
        assert [answer["__typename"] == "TooManyAttempts" for answer in answers] == [False, False, True, False]


async def test_asking_for_another_address_counts_with_the_letters_that_it_sends(throttled: Throttled) -> None:
    async with throttled(mail_limit_per_address="1 per hour") as server:
        token, wanted = (await server.login())["accessToken"], {"newEmail": NEW_EMAIL, "password": PASSWORD}
        answers = [await server.do(REQUEST_CHANGE, token, **wanted) for _ in range(2)]
        assert kinds(answers) == {"EmailChangeRequested": 1, "TooManyAttempts": 1}
