"""Wrong second factors are counted for the account, whatever the ticket, the address or the factor"""

import logging

import pytest

from events import failures
from models import Session, TotpSecret
from tests.support.databases import once
from tests.support.factors import CONFIRM_TOTP, START, STEP_UP, ask, complete, first_step, in_steps, set_up, ticket
from tests.support.postern import EMAIL
from tests.support.secrecy import Watch
from tests.support.told import told
from tests.throttle.asking import WRONG, Throttled, kinds, queries

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
FIVE = "5 per 5 minutes"


@once
async def test_failures_of_all_factors_count_together_over_tickets_addresses_and_sessions(
    throttled: Throttled,
) -> None:
    async with throttled(second_factor_limit=FIVE, trusted_proxy_count=1) as server:
        login = await server.login()
        app = await set_up(server, login)
        bens = await set_up(server, await server.logged_in(BEN))
        proofs = [{"totpCode": app.wrong_code()}, {"recoveryCode": "x"}] * 2
        answers = []
        for number, proof in enumerate(proofs):
            elsewhere = server.elsewhere(**{"X-Forwarded-For": f"198.51.100.{number}"})
            answers.append(await complete(elsewhere, await ticket(elsewhere), **proof))
        answers.append(await server.do(STEP_UP, login["accessToken"], proof={"totpCode": app.wrong_code()}))
        assert kinds(answers) == {"InvalidProof": 5}
        await failures.write()
        kept = {"user": login["user"]["id"], "from": "198.51.100.0", "count": 5, "totp": 3, "recovery_code": 2}
        assert await told("second_factor_failed") == kept

        used, before = await ticket(server), await Session.all().count()
        code = await app.fresh_code()
        for _ in range(7):
            assert (await complete(server, used, totpCode=code))["__typename"] == "TooManyAttempts"
        assert await Session.all().count() == before
        assert (await TotpSecret.get(user__canonical_email=EMAIL)).last_step == 0
        assert (await in_steps(server, bens, BEN))["__typename"] == "LoggedIn"


@once
async def test_a_success_forgives_the_account(throttled: Throttled) -> None:
    async with throttled(second_factor_limit=FIVE) as server:
        login = await server.login()
        app = await set_up(server, login)

        async def fail() -> None:
            for _ in range(4):
                wrong = await complete(server, await ticket(server), totpCode=app.wrong_code())
                assert wrong["__typename"] == "InvalidProof"

        await fail()
        assert (await in_steps(server, app))["__typename"] == "LoggedIn"
        await fail()
        app = await set_up(server, login)
        await fail()


@once
async def test_what_there_is_nothing_to_guess_at_for_is_not_counted(throttled: Throttled) -> None:
    async with throttled(second_factor_limit=FIVE) as server:
        login = await server.login()
        app = await set_up(server, login)
        answers = [await server.do(CONFIRM_TOTP, login["accessToken"], code="123456") for _ in range(7)]
        assert kinds(answers) == {"ExpiredToken": 7}, "no secret waits for its code"
        await ask(server, START, login)
        await Session.all().update(stepped_up_at=None)
        answers = [await server.do(CONFIRM_TOTP, login["accessToken"], code="123456") for _ in range(7)]
        assert kinds(answers) == {"StepUpNeeded": 7}
        stepped = await server.do(STEP_UP, login["accessToken"], proof={"totpCode": await app.fresh_code()})
        assert stepped["__typename"] == "SteppedUp"
        answers = [await server.do(CONFIRM_TOTP, login["accessToken"], code="no code") for _ in range(7)]
        assert kinds(answers) == {"InvalidProof": 5, "TooManyAttempts": 2}


@once
async def test_both_steps_count_for_the_address_and_a_success_does_not_forgive_it(throttled: Throttled) -> None:
    async with throttled(login_limit_per_address="5 per minute") as server:
        app = await set_up(server, await server.login())
        for _ in range(2):
            assert (await in_steps(server, app))["__typename"] == "LoggedIn"
        before = await Session.all().count()
        assert (await first_step(server))["__typename"] == "TooManyAttempts"
        assert (await complete(server, "x", totpCode=app.wrong_code()))["__typename"] == "TooManyAttempts"
        assert await Session.all().count() == before


@once
async def test_before_the_first_factor_is_right_an_account_with_a_second_is_as_any_other(
    throttled: Throttled, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    async with throttled() as server:
        await set_up(server, await server.login())
        await server.confirm(await server.registered(BEN))
        asked, answers = [], []
        for email in (EMAIL, BEN, "nobody@example.com"):
            before = len(queries(watch))
            answers.append(await first_step(server, email, WRONG))
            asked.append([text.split(" WHERE ")[0] for text in queries(watch)[before:]])
        assert answers[0] == answers[1] == answers[2]
        assert answers[0]["__typename"] == "InvalidCredentials"
        assert asked[0] == asked[1] == asked[2] != []
