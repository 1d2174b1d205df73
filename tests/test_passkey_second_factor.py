"""completeLogin and stepUp with a passkey: after the password, or in a session"""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest

from models import AuditEvent, Letter, LoginTicket, Passkey, RecoveryCode, Session, Spent, TotpSecret, User
from security import totp
from tests.support.databases import once
from tests.support.factors import NEW_CODES, START, START_STEP_UP, STEP_UP, ask, complete, first_step, set_up
from tests.support.given import MakeSettings
from tests.support.passkeys import (
    BE,
    BS,
    DEVICE_BOUND,
    REMOVE_PASSKEY,
    UP,
    SoftKey,
    begun_login,
    challenge_of,
    log_in,
    text,
    with_passkey,
)
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.walks import each

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
FIFTY = 50


def kinds(answers: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(answer["__typename"] for answer in answers))


async def everything() -> list[Any]:
    tables = (Session, Passkey, RecoveryCode)
    accounts = await User.all().order_by("id").values("id", "password_hash", "credentials_version")
    return [accounts, *[await table.all().order_by("id").values() for table in tables], await Spent.all().count()]


async def protected(server: Postern, email: str = EMAIL, **more: Any) -> tuple[dict[str, Any], SoftKey]:
    """A login to an account whose passkey is asked for after the password."""
    login = await server.logged_in(email)
    return login, await with_passkey(server, login, SoftKey(**more), asSecondFactor=True)


async def asked(server: Postern, email: str = EMAIL) -> dict[str, Any]:
    """The answer to the password."""
    needed = await first_step(server, email)
    assert needed["__typename"] == "SecondFactorNeeded", needed
    return needed


async def test_after_the_password_a_passkey_opens_the_session(postern: Postern) -> None:
    await postern.logged_in(BEN)
    _, key = await protected(postern, flags=DEVICE_BOUND)
    before = await Session.all().count()
    needed = await asked(postern)
    assert needed["methods"] == ["PASSKEY", "RECOVERY_CODE"]
    options = needed["passkeyOptions"]
    assert (len(challenge_of(options)), options["userVerification"]) == (64, "required")
    assert options["allowCredentials"] == [
        {"type": "public-key", "id": text(key.credential_id), "transports": ["hybrid", "internal"]}
    ]
    assert await Session.all().count() == before
    login = await complete(postern, needed["ticket"], passkey=key.get(options, count=1), remember=True)
    claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
    assert claims["amr"] == ["pwd", "hwk", "mfa"]
    assert login["user"]["email"] == EMAIL
    assert (await first_step(postern, deviceToken=login["deviceToken"]))["__typename"] == "LoggedIn", "remembered"
    assert (await first_step(postern, BEN))["__typename"] == "LoggedIn"


@once
async def test_a_handle_may_be_left_out_where_its_owner_is_known(postern: Postern) -> None:
    login, key = await protected(postern)
    needed = await asked(postern)
    answer = key.get(needed["passkeyOptions"], user_handle=None)
    assert (await complete(postern, needed["ticket"], passkey=answer))["__typename"] == "LoggedIn"
    started = await postern.do(START_STEP_UP, login["accessToken"], method="PASSKEY")
    proof = {"passkey": key.get(started["passkeyOptions"], user_handle=None)}
    stepped = await postern.do(STEP_UP, login["accessToken"], ceremony=started["ceremony"], proof=proof)
    assert stepped["__typename"] == "SteppedUp"


async def test_a_passkey_that_is_no_second_factor_asks_for_nothing_but_proves_one_that_is_asked_for(
    postern: Postern,
) -> None:
    login = await postern.logged_in()
    key = await with_passkey(postern, login)
    assert (await first_step(postern))["__typename"] == "LoggedIn"
    await set_up(postern, login)
    needed = await asked(postern)
    assert needed["methods"] == ["TOTP", "PASSKEY", "RECOVERY_CODE"], "what was used last comes first"
    answer = key.get(needed["passkeyOptions"])
    assert (await complete(postern, needed["ticket"], passkey=answer))["__typename"] == "LoggedIn"
    await TotpSecret.all().update(last_step=int(time.time()) // totp.PERIOD_SECONDS - 2)
    assert (await asked(postern))["methods"] == ["PASSKEY", "TOTP", "RECOVERY_CODE"]
    await Session.all().update(stepped_up_at=None)
    assert (await ask(postern, NEW_CODES, login))["methods"] == ["PASSKEY", "TOTP", "RECOVERY_CODE"]


@once
async def test_passkeys_of_another_domain_are_offered_nowhere_and_the_second_factor_is_asked_for_as_before(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url}
    before = make_settings(**usual)
    async with running(before, post) as server:
        login, _ = await protected(server)
        alone = await server.logged_in("cleo@example.com")
        await with_passkey(server, alone)
        await Session.all().update(stepped_up_at=None)
    moved = make_settings(**usual, passkey_rp_id="accounts.example", passkey_origins="http://accounts.example")
    async with running(moved, post) as server:
        ben = await server.logged_in(BEN)
        await with_passkey(server, ben, SoftKey(origin="http://accounts.example"), asSecondFactor=True)
        assert (await asked(server, BEN))["methods"] == ["PASSKEY", "RECOVERY_CODE"]
        needed = await asked(server)
        assert (needed["methods"], needed["passkeyOptions"]) == (["RECOVERY_CODE"], None)
        assert (await ask(server, NEW_CODES, login))["methods"] == ["RECOVERY_CODE"]
        assert (await ask(server, START, alone))["methods"] == ["PASSWORD"]
        refused = await server.do(START_STEP_UP, login["accessToken"], method="PASSKEY")
        assert refused["errors"] == [{"field": "method", "code": "INVALID"}]
        await RecoveryCode.filter(user_id=login["user"]["id"]).delete()
        assert (await asked(server))["methods"] == [], "nothing will do, and nothing is opened"
        assert (await ask(server, NEW_CODES, login))["methods"] == []
        stepped = await server.do(STEP_UP, login["accessToken"], proof={"password": PASSWORD})
        assert stepped["__typename"] == "InvalidProof"
        await Session.all().update(stepped_up_at=datetime.now(UTC))
        added = SoftKey(origin="http://accounts.example")
        await with_passkey(server, login, added)
        (offered,) = (await asked(server))["passkeyOptions"]["allowCredentials"]
        assert offered["id"] == text(added.credential_id)
    async with running(before, post) as server:
        (offered,) = (await asked(server))["passkeyOptions"]["allowCredentials"]
        assert offered["id"] != text(added.credential_id), "the first one is there as before"


@once
async def test_without_a_passkey_a_browser_is_asked_for_none(postern: Postern) -> None:
    await set_up(postern, await postern.logged_in())
    needed = await asked(postern)
    assert needed["passkeyOptions"] is None
    assert (await LoginTicket.get()).challenge is None
    refused = await complete(postern, needed["ticket"], passkey=SoftKey().get(await any_options(postern)))
    assert refused["__typename"] == "InvalidProof"


async def any_options(server: Postern) -> dict[str, Any]:
    return dict((await begun_login(server))["options"])


async def test_many_uses_of_one_answer_at_once_open_one_session(postern: Postern) -> None:
    _, key = await protected(postern)
    needed, before = await asked(postern), await Session.all().count()
    answer = key.get(needed["passkeyOptions"])
    answers = await asyncio.gather(*(complete(postern, needed["ticket"], passkey=answer) for _ in range(FIFTY)))
    assert kinds(list(answers)) == {"LoggedIn": 1, "InvalidToken": FIFTY - 1}
    assert await Session.all().count() == before + 1


async def test_of_fifty_wrong_answers_five_are_evaluated(postern: Postern) -> None:
    _, key = await protected(postern)
    needed, before = await asked(postern), await everything()
    wrong = key.get(needed["passkeyOptions"], signature=b"not it")
    answers = await asyncio.gather(*(complete(postern, needed["ticket"], passkey=wrong) for _ in range(FIFTY)))
    assert kinds(list(answers)) == {"InvalidProof": 5, "InvalidToken": FIFTY - 5}
    right = key.get(needed["passkeyOptions"])
    assert (await complete(postern, needed["ticket"], passkey=right))["__typename"] == "InvalidToken"
    assert await everything() == before


@once
async def test_an_answer_belongs_to_its_own_ticket_owner_and_purpose(postern: Postern) -> None:
    ben, bens = await protected(postern, BEN)
    login, key = await protected(postern)
    needed, other = await asked(postern), await asked(postern)
    started = await postern.do(START_STEP_UP, login["accessToken"], method="PASSKEY")
    before = await everything()
    for answer in (
        key.get(other["passkeyOptions"]),
        key.get(started["passkeyOptions"]),
        key.get(await any_options(postern)),
        bens.get(needed["passkeyOptions"]),
        bens.get(needed["passkeyOptions"], user_handle=text(UUID(login["user"]["id"]).bytes)),
    ):
        assert (await complete(postern, needed["ticket"], passkey=answer))["__typename"] == "InvalidProof"
        await LoginTicket.all().update(attempts=0)
    for answer in (
        key.get(needed["passkeyOptions"], user_handle=text(UUID(ben["user"]["id"]).bytes)),
        key.get(needed["passkeyOptions"], flags=UP | BE | BS),
        key.get(needed["passkeyOptions"], client={"crossOrigin": True}),
    ):
        assert (await complete(postern, needed["ticket"], passkey=answer))["__typename"] == "InvalidProof"
    assert await everything() == before
    right = await complete(postern, needed["ticket"], passkey=key.get(needed["passkeyOptions"]))
    assert right["__typename"] == "LoggedIn"


@once
async def test_what_is_no_answer_is_wrong_and_no_crash(postern: Postern) -> None:
    login, _ = await protected(postern)

    async def is_wrong(garbage: Any) -> None:
        await User.all().update(factor_failures=0)  # of which ten are told by mail
        needed = await asked(postern)
        assert (await complete(postern, needed["ticket"], passkey=garbage))["__typename"] == "InvalidProof"
        started = await postern.do(START_STEP_UP, login["accessToken"], method="PASSKEY")
        proof = {"passkey": garbage}
        stepped = await postern.do(STEP_UP, login["accessToken"], ceremony=started["ceremony"], proof=proof)
        assert stepped["__typename"] == "InvalidProof"

    garbage = [[], "", 1, {}, {"id": []}, {"id": "AAAA"}, {"id": "\ud800"}, "{}"]
    await each(garbage, is_wrong)


async def begun(server: Postern, login: dict[str, Any]) -> dict[str, Any]:
    started = await server.do(START_STEP_UP, login["accessToken"], method="PASSKEY")
    assert started["__typename"] == "StepUpStarted", started
    return started


async def step_up(server: Postern, login: dict[str, Any], started: dict[str, Any], answer: Any) -> dict[str, Any]:
    given = {"ceremony": started["ceremony"], "proof": {"passkey": answer}}
    return await server.do(STEP_UP, login["accessToken"], **given)


async def test_a_passkey_steps_its_session_up_once(postern: Postern) -> None:
    login, key = await protected(postern)
    other = await log_in(postern, key)
    await Session.all().update(stepped_up_at=None)
    assert (await ask(postern, NEW_CODES, login))["methods"] == ["PASSKEY", "RECOVERY_CODE"]
    started = await begun(postern, login)
    left = datetime.fromisoformat(started["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    answer = key.get(started["passkeyOptions"])
    assert (await step_up(postern, other, started, answer))["__typename"] == "InvalidToken", "another session's"
    answers = await asyncio.gather(*(step_up(postern, login, started, answer) for _ in range(FIFTY)))
    assert kinds(list(answers)) == {"SteppedUp": 1, "InvalidToken": FIFTY - 1}
    assert (await User.get()).factor_failures == 0, "no proof was wrong"
    assert (await ask(postern, NEW_CODES, login))["__typename"] == "RecoveryCodesCreated"
    assert (await ask(postern, NEW_CODES, other))["__typename"] == "StepUpNeeded"


@once
async def test_no_other_ceremony_steps_a_session_up(postern: Postern) -> None:
    login, key = await protected(postern)
    await Session.all().update(stepped_up_at=None)
    for started in (await begun_login(postern), {"ceremony": ""}, {"ceremony": "x"}):
        answer = key.get((await begun(postern, login))["passkeyOptions"])
        assert (await step_up(postern, login, started, answer))["__typename"] == "InvalidToken"
    proof = {"passkey": key.get((await begun(postern, login))["passkeyOptions"])}
    assert (await postern.do(STEP_UP, login["accessToken"], proof=proof))["__typename"] == "InvalidToken"
    wrong = key.get((await begun(postern, login))["passkeyOptions"])
    assert (await step_up(postern, login, await begun(postern, login), wrong))["__typename"] == "InvalidProof"
    assert (await ask(postern, NEW_CODES, login))["__typename"] == "StepUpNeeded"


@once
async def test_without_a_second_factor_password_and_passkey_step_up_alike(postern: Postern) -> None:
    login = await postern.logged_in()
    key = await with_passkey(postern, login)
    for proof in ({"password": PASSWORD}, None):
        await Session.all().update(stepped_up_at=None)
        if proof:
            stepped = await postern.do(STEP_UP, login["accessToken"], proof=proof)
        else:
            started = await begun(postern, login)
            stepped = await step_up(postern, login, started, key.get(started["passkeyOptions"]))
        assert stepped["__typename"] == "SteppedUp"


async def test_a_copied_key_is_told_wherever_it_is_used(postern: Postern) -> None:
    login, key = await protected(postern, flags=DEVICE_BOUND, count=9)
    needed, started = await asked(postern), await begun(postern, login)
    assert (await complete(postern, needed["ticket"], passkey=key.get(needed["passkeyOptions"])))[
        "__typename"
    ] == "InvalidProof"
    assert (await step_up(postern, login, started, key.get(started["passkeyOptions"])))["__typename"] == "InvalidProof"
    assert await AuditEvent.filter(event="passkey_cloned").count() == 2


@once
async def test_wrong_passkeys_count_with_all_other_wrong_proofs(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, second_factor_limit="5 per 5 minutes")
    async with running(settings, post) as server:
        login, key = await protected(server)
        for _ in range(2):
            needed = await asked(server)
            wrong = key.get(needed["passkeyOptions"], signature=b"x")
            assert (await complete(server, needed["ticket"], passkey=wrong))["__typename"] == "InvalidProof"
        started = await begun(server, login)
        wrong = key.get(started["passkeyOptions"], signature=b"x")
        assert (await step_up(server, login, started, wrong))["__typename"] == "InvalidProof"
        for _ in range(2):
            refused = await complete(server, (await asked(server))["ticket"], recoveryCode="x")
            assert refused["__typename"] == "InvalidProof"
        needed = await asked(server)
        right = key.get(needed["passkeyOptions"])
        assert (await complete(server, needed["ticket"], passkey=right))["__typename"] == "TooManyAttempts"
        assert (await log_in(server, key))["__typename"] == "LoggedIn", "which nobody can guess"


async def test_ten_failures_in_a_row_are_told_by_mail_where_there_is_no_app(postern: Postern) -> None:
    bens, _ = await protected(postern, BEN)
    _, key = await protected(postern)

    async def fail(times: int) -> None:
        for number in range(times):
            needed = await asked(postern)
            wrong = key.get(needed["passkeyOptions"], signature=b"x")
            proof = {"passkey": wrong} if number % 2 else {"recoveryCode": "x"}
            assert (await complete(postern, needed["ticket"], **proof))["__typename"] == "InvalidProof"

    await fail(9)
    needed = await asked(postern)
    assert (await complete(postern, needed["ticket"], passkey=key.get(needed["passkeyOptions"])))[
        "__typename"
    ] == "LoggedIn"
    await fail(9)
    assert not await Letter.filter(kind="second_factor_guessed").exists(), "they were not in a row"
    await fail(1)
    (letter,) = await Letter.filter(kind="second_factor_guessed")
    assert str(letter.user_id) != bens["user"]["id"]


async def test_whoever_removes_the_passkey_meanwhile_is_first(postern: Postern) -> None:
    login, key = await protected(postern)
    needed = await asked(postern)
    passkey = await Passkey.get()
    removed = await postern.do(REMOVE_PASSKEY, login["accessToken"], passkeyId=str(passkey.id))
    assert removed["__typename"] == "PasskeyRemoved"
    answer = key.get(needed["passkeyOptions"])
    assert (await complete(postern, needed["ticket"], passkey=answer))["__typename"] == "InvalidToken"
