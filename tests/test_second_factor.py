"""login and completeLogin: a password alone opens no account that has a second factor"""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from tortoise.expressions import F

import resolvers.proofs
from events import failures
from locales import texts
from models import Device, Letter, LoginTicket, RecoveryCode, Session, TotpSecret, User
from resolvers import housekeeping, logins, tickets
from security import totp
from tests.support.account import CHANGE_PASSWORD, NEW_PASSWORD, RESET, requested_reset, works
from tests.support.databases import once
from tests.support.factors import (
    CONFIRM_TOTP,
    NEW_CODES,
    REMOVE,
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
from tests.support.outbox import done_with
from tests.support.postern import EMAIL, PASSWORD, Postern
from tests.support.postoffice import body
from tests.support.told import told
from tests.support.walks import each

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
FIFTY = 50


def kinds(answers: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(answer["__typename"] for answer in answers))


async def everything() -> list[Any]:
    return [await table.all().order_by("id").values() for table in (User, Session, TotpSecret, RecoveryCode)]


@once
async def test_a_password_gets_a_ticket_and_the_ticket_with_a_code_a_session(postern: Postern) -> None:
    ben = await postern.logged_in(BEN)
    app = await set_up(postern, await postern.logged_in())
    before = await Session.all().count()

    needed = await first_step(postern)

    assert (needed["__typename"], needed["methods"]) == ("SecondFactorNeeded", ["TOTP", "RECOVERY_CODE"])
    asked = await told("second_factor_asked")
    left = datetime.fromisoformat(needed["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert await Session.all().count() == before
    assert needed["ticket"] not in str(await LoginTicket.all().values())
    login = await complete(postern, needed["ticket"], totpCode=await app.fresh_code())
    assert login["user"]["email"] == EMAIL
    assert asked == {"user": login["user"]["id"], "from": "127.0.0.1"}
    assert await works(postern, login)
    claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    assert (await Session.get(id=claims["sid"])).methods == ["password", "totp"]
    assert await works(postern, ben)
    assert (await first_step(postern, BEN))["__typename"] == "LoggedIn"


@once  # tests/processes/test_process_factors.py has two servers write at once
async def test_many_uses_of_one_code_at_once_open_one_session(postern: Postern) -> None:
    app = await set_up(postern, await postern.logged_in())
    tickets = [await ticket(postern) for _ in range(FIFTY)]
    code, before = await app.fresh_code(), await Session.all().count()
    answers = await asyncio.gather(*(complete(postern, each, totpCode=code) for each in tickets))
    assert kinds(list(answers)) == {"LoggedIn": 1, "InvalidProof": FIFTY - 1}
    assert await Session.all().count() == before + 1


@once  # likewise
async def test_many_uses_of_one_recovery_code_at_once_open_one_session(postern: Postern) -> None:
    app = await set_up(postern, await postern.logged_in())
    tickets = [await ticket(postern) for _ in range(FIFTY)]
    answers = await asyncio.gather(*(complete(postern, each, recoveryCode=app.recovery_codes[0]) for each in tickets))
    assert kinds(list(answers)) == {"LoggedIn": 1, "InvalidProof": FIFTY - 1}
    assert await RecoveryCode.all().count() == 9


async def test_many_uses_of_one_ticket_at_once_open_one_session_and_try_five_proofs(postern: Postern) -> None:
    app = await set_up(postern, await postern.logged_in())
    once_only, before = await ticket(postern), await Session.all().count()
    good = [{"recoveryCode": code} for code in app.recovery_codes]
    answers = await asyncio.gather(*(complete(postern, once_only, **proof) for proof in good * 5))
    assert kinds(list(answers)) == {"LoggedIn": 1, "InvalidToken": FIFTY - 1}
    assert await Session.all().count() == before + 1
    assert await RecoveryCode.all().count() == 9, "what opened nothing is not used up"


async def test_of_fifty_wrong_proofs_five_are_evaluated_and_the_ticket_is_used_up(postern: Postern) -> None:
    app = await set_up(postern, await postern.logged_in())
    used, before = await ticket(postern), await Session.all().count()
    answers = await asyncio.gather(*(complete(postern, used, totpCode=app.wrong_code()) for _ in range(FIFTY)))
    assert kinds(list(answers)) == {"InvalidProof": 5, "InvalidToken": FIFTY - 5}
    assert (await complete(postern, used, totpCode=await app.fresh_code()))["__typename"] == "InvalidToken"
    assert await Session.all().count() == before
    assert (await in_steps(postern, app))["__typename"] == "LoggedIn"


async def change_password(server: Postern, login: dict[str, Any], _: App) -> None:
    change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    answer = await server.do(CHANGE_PASSWORD, login["accessToken"], **change)
    assert answer["__typename"] == "PasswordChanged"


async def reset_password(server: Postern, _: dict[str, Any], __: App) -> None:
    await server.do(RESET, token=await requested_reset(server), newPassword=NEW_PASSWORD)


async def remove_app(server: Postern, login: dict[str, Any], _: App) -> None:
    assert (await ask(server, REMOVE, login))["__typename"] == "TotpRemoved"


async def replace_app(server: Postern, login: dict[str, Any], _: App) -> None:
    await set_up(server, login)


async def make_codes(server: Postern, login: dict[str, Any], _: App) -> None:
    assert (await ask(server, NEW_CODES, login))["__typename"] == "RecoveryCodesCreated"


CHANGES = [change_password, reset_password, remove_app, replace_app, make_codes]


@once
@pytest.mark.parametrize("change", CHANGES)
async def test_a_ticket_is_void_once_password_or_factors_have_changed(postern: Postern, change: Any) -> None:
    ben = await postern.logged_in(BEN)
    await set_up(postern, ben)
    bens = await ticket(postern, BEN)
    login = await postern.logged_in()
    app = await set_up(postern, login)
    old = await ticket(postern)
    await change(postern, login, app)
    before = await everything()
    for proof in ({"totpCode": app.code()}, {"recoveryCode": app.recovery_codes[0]}):
        assert (await complete(postern, old, **proof))["__typename"] == "InvalidToken"
    assert await everything() == before
    assert (await complete(postern, bens, totpCode="000000"))["__typename"] == "InvalidProof"


async def test_what_changes_while_a_proof_is_checked_counts(postern: Postern, monkeypatch: pytest.MonkeyPatch) -> None:
    app = await set_up(postern, await postern.logged_in())
    given, count = await ticket(postern), tickets.count
    before = await Session.all().count()

    async def and_then(known: LoginTicket) -> None:
        await count(known)
        await User.all().update(credentials_version=F("credentials_version") + 1)

    monkeypatch.setattr(tickets, "count", and_then)
    late = await complete(postern, given, recoveryCode=app.recovery_codes[0])
    assert (late["__typename"], late["message"]) == ("InvalidToken", texts("en")(tickets.LOGIN_ENDED))
    assert (await Session.all().count(), await RecoveryCode.all().count()) == (before, 10)


async def test_a_ticket_is_swept_a_day_after_its_end_and_is_expired_until_then(postern: Postern) -> None:
    app = await set_up(postern, await postern.logged_in())
    old, fresh = await ticket(postern), await ticket(postern)
    first, _ = await LoginTicket.all().order_by("id")
    for hours, swept, kind in ((23, 0, "ExpiredToken"), (25, 1, "InvalidToken")):
        await LoginTicket.filter(id=first.id).update(expires_at=datetime.now(UTC) - timedelta(hours=hours))
        assert (await housekeeping.sweep(postern.settings)).tickets == swept
        assert (await complete(postern, old, totpCode=app.code(1)))["__typename"] == kind
    assert (await complete(postern, fresh, totpCode=await app.fresh_code()))["__typename"] == "LoggedIn"


async def test_a_device_that_is_forgotten_while_the_password_is_checked_keeps_nobody_out(
    postern: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await set_up(postern, await postern.logged_in())
    device, complete_first = (await in_steps(postern, app))["deviceToken"], logins.complete

    async def and_then(*arguments: Any, **named: Any) -> Any:
        await Device.all().delete()
        return await complete_first(*arguments, **named)

    monkeypatch.setattr(logins, "complete", and_then)
    needed = await first_step(postern, deviceToken=device)
    login = await complete(postern, needed["ticket"], totpCode=await app.fresh_code())
    assert (login["__typename"], bool(login["deviceToken"])) == ("LoggedIn", True)


async def test_after_ten_minutes_a_ticket_has_expired_and_uses_nothing_up(postern: Postern) -> None:
    app = await set_up(postern, await postern.logged_in())
    old, before = await ticket(postern), await everything()
    await LoginTicket.all().update(expires_at=datetime.now(UTC))
    assert (await complete(postern, old, recoveryCode=app.recovery_codes[0]))["__typename"] == "ExpiredToken"
    assert await everything() == before


@once
async def test_what_is_no_ticket_opens_nothing(postern: Postern) -> None:
    app = await set_up(postern, await postern.logged_in())
    before = await everything()

    async def opens_nothing(token: str | None) -> None:
        assert (await complete(postern, token, totpCode=app.code(1)))["__typename"] == "InvalidToken"

    await each(["", "x", "\ud800", "x" * 9_000, None], opens_nothing)
    assert await everything() == before


NO_CODES = ["", "12345", "1234567", "\u0661" * 6, "\uff11" * 6, "\ud800", "12345\x00", "0" * 90_000, "-12345", "1e5"]


@once
async def test_what_is_no_code_is_wrong_and_no_crash(postern: Postern) -> None:
    login = await postern.logged_in()
    await set_up(postern, login)

    async def is_wrong(code: str) -> None:
        await User.all().update(factor_failures=0)  # of which ten are told by mail
        for proof in ({"totpCode": code}, {"recoveryCode": code}):
            assert (await complete(postern, await ticket(postern), **proof))["__typename"] == "InvalidProof"
            stepped = await postern.do(STEP_UP, login["accessToken"], proof=proof)
            assert stepped["__typename"] == "InvalidProof"

    await each(NO_CODES, is_wrong)
    assert await RecoveryCode.all().count() == 10


@once
async def test_one_proof_is_asked_for_and_no_more(postern: Postern) -> None:
    query = "mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { __typename } }"

    async def is_bad_input(proof: dict[str, str | None]) -> None:
        body = await postern.ask(query, {"input": {"ticket": "x", "proof": proof}})
        assert [error["extensions"]["code"] for error in body["errors"]] == ["BAD_USER_INPUT"]

    proofs: list[dict[str, str | None]] = [{}, {"totpCode": "123456", "recoveryCode": "x"}, {"totpCode": None}]
    await each(proofs, is_bad_input)


@once
async def test_a_code_is_good_once_and_one_step_to_either_side(
    postern: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await set_up(postern, await postern.logged_in())
    step = int(time.time()) // totp.PERIOD_SECONDS + 10
    monkeypatch.setattr(resolvers.proofs, "time", SimpleNamespace(time=lambda: step * totp.PERIOD_SECONDS + 29.9))

    async def answer(steps: int) -> str:
        code = totp.code_of(app.secret, step + steps)
        login = await complete(postern, await ticket(postern), totpCode=f" {code[:3]} {code[3:]} ")
        return str(login["__typename"])

    away = [await answer(steps) for steps in (-2, 2, -3, 3)]
    near = [await answer(steps) for steps in (-1, 0, 1)]
    again = [await answer(steps) for steps in (1, 0, -1)]
    assert (set(away), set(near), set(again)) == ({"InvalidProof"}, {"LoggedIn"}, {"InvalidProof"})


@once
async def test_a_recovery_code_is_taken_however_it_is_typed_and_its_use_is_told_by_mail(postern: Postern) -> None:
    await set_up(postern, await postern.logged_in(BEN))
    app = await set_up(postern, await postern.joined())
    await postern.post.letters_to(EMAIL, 2)
    typed = app.recovery_codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    login = await complete(postern, await ticket(postern), recoveryCode=typed, remember=True)
    assert login["__typename"] == "LoggedIn"
    assert await told("recovery_code_used") == {"user": login["user"]["id"], "from": "127.0.0.1", "left": 9}
    letter = (await postern.post.letters_to(EMAIL, 3))[2]
    assert "recovery code" in letter["Subject"]
    assert "9" in str(letter.get_body(("plain",)))
    shown = await factors(postern, login)
    assert shown["required"], "a recovery code takes no factor away"
    assert (shown["recoveryCodesLeft"], shown["rememberedDevices"]) == (9, 0), "and remembers no device"
    kept = str(await RecoveryCode.filter(user_id=login["user"]["id"]).values())
    assert not any(code in kept or code.replace("-", "") in kept for code in app.recovery_codes)


@once
async def test_a_reset_password_leaves_the_second_factor_in_place(postern: Postern) -> None:
    app = await set_up(postern, await postern.logged_in())
    await postern.do(RESET, token=await requested_reset(postern), newPassword=NEW_PASSWORD)
    needed = await first_step(postern, password=NEW_PASSWORD)
    assert needed["__typename"] == "SecondFactorNeeded"
    assert (await complete(postern, needed["ticket"], totpCode=await app.fresh_code()))["__typename"] == "LoggedIn"


@once
async def test_ten_failures_in_a_row_are_told_by_mail_and_a_hundred_stop_the_app(postern: Postern) -> None:
    ben = await set_up(postern, await postern.logged_in(BEN))
    app = await set_up(postern, await postern.logged_in())

    async def fail(times: int) -> None:
        for _ in range(times):
            answer = await complete(postern, await ticket(postern), totpCode=app.wrong_code())
            assert answer["__typename"] == "InvalidProof"

    await User.filter(canonical_email=EMAIL).update(factor_failures=9)
    assert (await in_steps(postern, app))["__typename"] == "LoggedIn", "which ends the row"
    await fail(9)
    assert not await Letter.filter(kind="second_factor_guessed").exists()
    await fail(1)
    assert await Letter.filter(kind="second_factor_guessed").count() == 1
    await done_with("second_factor_guessed")
    assert texts("en")("letter.second_factor_guessed.going_on") in one_line(postern.post.letters[-1])
    await User.filter(factor_failures=10).update(factor_failures=99)
    await fail(1)
    needed = await first_step(postern)
    assert needed["methods"] == ["RECOVERY_CODE"]
    await done_with("second_factor_guessed")
    assert texts("en")("letter.second_factor_guessed.stopped") in one_line(postern.post.letters[-1])
    stopped = await complete(postern, needed["ticket"], totpCode=await app.fresh_code())
    assert stopped["__typename"] == "InvalidProof"
    assert (await in_steps(postern, ben, BEN))["__typename"] == "LoggedIn"
    again = await complete(postern, await ticket(postern), recoveryCode=app.recovery_codes[0])
    assert again["__typename"] == "LoggedIn"
    assert (await in_steps(postern, app))["__typename"] == "LoggedIn", "another factor lets it go on"
    owner = {"user": again["user"]["id"], "from": "127.0.0.1"}
    assert await told("second_factor_guessed") == owner | {"failures": 100}
    await failures.write()
    assert await told("second_factor_failed") == owner | {"count": 12, "totp": 12}
    await RecoveryCode.filter(user_id=(await User.get(canonical_email=EMAIL)).id).delete()
    assert (await first_step(postern))["methods"] == ["TOTP"], "the neighbour's codes are none of hers"


def one_line(letter: EmailMessage) -> str:
    return " ".join(body(letter).split())


@once
async def test_a_new_password_lets_a_stopped_app_go_on(postern: Postern) -> None:
    login = await postern.logged_in()
    app = await set_up(postern, login)
    await User.all().update(factor_failures=100)
    await change_password(postern, login, app)
    needed = await first_step(postern, password=NEW_PASSWORD)
    assert (await complete(postern, needed["ticket"], totpCode=await app.fresh_code()))["__typename"] == "LoggedIn"
    await User.all().update(factor_failures=100)
    await postern.do(RESET, token=await requested_reset(postern), newPassword=NEW_PASSWORD)
    needed = await first_step(postern, password=NEW_PASSWORD)
    assert (await complete(postern, needed["ticket"], totpCode=await app.fresh_code()))["__typename"] == "LoggedIn"


@once
async def test_a_ticket_opens_nothing_else(postern: Postern) -> None:
    await set_up(postern, await postern.logged_in())
    given = await ticket(postern)
    for query, inputs in ((REMOVE, {}), (NEW_CODES, {}), (CONFIRM_TOTP, {"input": {"code": "123456"}})):
        body = await postern.ask(query, inputs, token=given)
        assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
