"""What takes second factors away from outside: an undone change of address, and `postern users remove-factors`"""

from pathlib import Path
from typing import Any

import pytest

from models import AuditEvent, Device, Letter, Link, Passkey, Purpose, RecoveryCode, Session, TotpSecret, User
from tests.docs.blocks import block
from tests.support.account import (
    CONFIRM_CHANGE,
    NEW_PASSWORD,
    RESET,
    UNDO_CHANGE,
    requested_change,
    works,
)
from tests.support.databases import once
from tests.support.factors import NEW_CODES, NONE, START, ask, complete, factors, first_step, in_steps, set_up
from tests.support.operators import operate
from tests.support.outbox import done_with
from tests.support.passkeys import text, with_passkey
from tests.support.postern import EMAIL, PASSWORD, Postern
from tests.support.postoffice import body
from tests.support.process import Ended

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
COMMAND = block("docs/production.md", "postern users remove-factors ann@example.com")
TABLES = (TotpSecret, Passkey, RecoveryCode, Device, Session, Link)


async def rows_of(login: dict[str, Any]) -> list[Any]:
    """All that hangs on an account."""
    theirs = {"user_id": login["user"]["id"]}
    account = await User.filter(id=login["user"]["id"]).values()
    return [account, *[await table.filter(**theirs).order_by("id").values() for table in TABLES]]


async def ben_with_everything(server: Postern) -> dict[str, Any]:
    """A neighbour with an app, a passkey, a remembered device, and a change of address and an app that wait."""
    login = await server.logged_in(BEN)
    app = await set_up(server, login)
    await with_passkey(server, login)
    await in_steps(server, app, BEN, remember=True)
    await requested_change(server, login, "ben@new.example.com")
    await ask(server, START, login)
    return login


@pytest.mark.parametrize("what", ["app", "passkey"])
async def test_undoing_a_change_takes_away_what_a_thief_has_added_since(postern: Postern, what: str) -> None:
    ben = await ben_with_everything(postern)
    before = await rows_of(ben)
    thief = await postern.logged_in()
    if what == "app":
        await set_up(postern, thief)  # the owner's, with recovery codes, which are good for nothing without it
    change, undo = await requested_change(postern, thief)
    await postern.do(CONFIRM_CHANGE, token=change)
    await (set_up(postern, thief) if what == "app" else with_passkey(postern, thief, asSecondFactor=True))
    await ask(postern, START, thief)

    assert (await postern.do(UNDO_CHANGE, token=undo))["__typename"] == "EmailChangeUndone"

    assert [await table.filter(user_id=thief["user"]["id"]).count() for table in TABLES[:-1]] == [0] * 5
    event = await AuditEvent.get(event="factors_removed")
    counts = {"apps": int(what == "app"), "passkeys": int(what == "passkey"), "recovery_codes": 10}
    assert (str(event.subject_id), event.details) == (
        thief["user"]["id"],
        {"reason": "email_change_undone", **counts},
    )
    assert event.ip_address == "127.0.0.1"
    await done_with("choose_password")
    letter = next(one for one in postern.post.letters if "was changed back: choose" in one["Subject"])
    assert "were taken away" in " ".join(body(letter).split())
    assert "your password still works" not in " ".join(body(letter).split())
    link = await postern.letter_token(EMAIL, sum(one["To"] == EMAIL for one in postern.post.letters))
    assert (await postern.do(RESET, token=link, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
    assert (await postern.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn", "the owner is in again"
    assert await rows_of(ben) == before


@once
async def test_undoing_leaves_the_owner_what_was_there_before(postern: Postern) -> None:
    login = await postern.logged_in()
    await set_up(postern, login)
    key = await with_passkey(postern, login)
    _, undo = await requested_change(postern, login)
    await ask(postern, NEW_CODES, login)
    await with_passkey(postern, login)

    assert (await postern.do(UNDO_CHANGE, token=undo))["__typename"] == "EmailChangeUndone"

    assert await TotpSecret.all().count() == 1
    assert (await Passkey.get()).credential_id == text(key.credential_id)
    assert await RecoveryCode.all().count() == 0, "those of the thief are gone, and the owner's were before"
    await done_with("choose_password")
    link = await postern.letter_token(EMAIL, sum(one["To"] == EMAIL for one in postern.post.letters))
    await postern.do(RESET, token=link, newPassword=NEW_PASSWORD)
    needed = await first_step(postern, password=NEW_PASSWORD)
    assert needed["methods"] == ["PASSKEY", "TOTP"]


@once
async def test_an_undone_change_that_nothing_was_added_after_tells_of_no_factors(postern: Postern) -> None:
    login = await postern.logged_in()
    await set_up(postern, login)
    _, undo = await requested_change(postern, login)
    await postern.do(UNDO_CHANGE, token=undo)
    assert await AuditEvent.filter(event="factors_removed").count() == 0
    assert (await TotpSecret.all().count(), await RecoveryCode.all().count()) == (1, 10)


async def remove_factors(folder: Path, server: Postern, address: str) -> Ended:
    """What an operator is told."""
    _, *words = COMMAND.text.replace(EMAIL, address).strip().split(" ", 3)
    return await operate(folder, server.settings, *words)


async def test_an_operator_lets_somebody_in_who_has_lost_everything(postern: Postern, tmp_path: Path) -> None:
    ben, login = await ben_with_everything(postern), await postern.logged_in()
    app = await set_up(postern, login)
    await with_passkey(postern, login)
    other = await in_steps(postern, app, remember=True)
    change, _ = await requested_change(postern, other)
    needed = await first_step(postern)
    await User.filter(id=login["user"]["id"]).update(factor_failures=50)
    before = await rows_of(ben)

    outcome = await remove_factors(tmp_path, postern, "Ann@Example.com")

    assert outcome.code == 0, outcome.complaint
    assert "Taken away: authenticator apps 1, passkeys 1, recovery codes 10." in outcome.output
    assert [await table.filter(user_id=login["user"]["id"]).count() for table in TABLES[:-1]] == [0] * 5
    assert not await works(postern, other)
    assert (await User.get(id=login["user"]["id"])).factor_failures == 0
    assert (await postern.do(CONFIRM_CHANGE, token=change))["__typename"] == "InvalidToken"
    assert await Link.filter(user_id=login["user"]["id"], purpose=Purpose.UNDO_EMAIL_CHANGE).count() == 1
    again = await postern.login()
    assert again["__typename"] == "LoggedIn"
    assert await factors(postern, again) == NONE
    event = await AuditEvent.get(event="factors_removed")
    assert event.details == {"reason": "operator", "apps": 1, "passkeys": 1, "recovery_codes": 10}
    await postern.register("bell@example.com")  # wakes the worker
    await done_with("factors_removed")
    (told,) = [one for one in postern.post.letters if "second factors" in one["Subject"]]
    assert told["To"] == EMAIL
    late = await complete(postern, needed["ticket"], recoveryCode=app.recovery_codes[0])
    assert late["__typename"] == "InvalidToken"
    assert await rows_of(ben) == before
    assert (await first_step(postern, BEN, PASSWORD))["__typename"] == "SecondFactorNeeded"


@once
@pytest.mark.parametrize(
    ("address", "code", "complaint"),
    [
        ("nobody@example.com", 1, "No account has this address"),
        (EMAIL, 1, "The account has no second factor and no passkey"),
        ("no address", 2, "Invalid value for 'ADDRESS': this is no email address"),
    ],
)
async def test_where_there_is_nothing_to_take_away_an_operator_is_told_and_nothing_changes(
    postern: Postern, tmp_path: Path, address: str, code: int, complaint: str
) -> None:
    ben, login = await ben_with_everything(postern), await postern.logged_in()
    before = [await rows_of(ben), await rows_of(login), await Letter.all().count()]
    outcome = await remove_factors(tmp_path, postern, address)
    assert (outcome.code, complaint in outcome.complaint) == (code, True), outcome.complaint
    assert [await rows_of(ben), await rows_of(login), await Letter.all().count()] == before
