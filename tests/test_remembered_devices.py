"""rememberDevice and forgetDevices: a device that spares the second factor"""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from models import AuditEvent, Device, Session
from tests.support.account import CHANGE_PASSWORD, NEW_PASSWORD, RESET, SESSIONS, requested_reset
from tests.support.databases import once
from tests.support.factors import (
    FORGET,
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
from tests.support.postern import EMAIL, PASSWORD, Postern
from tests.support.told import by, told

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"


async def remembered(server: Postern, email: str = EMAIL) -> tuple[App, dict[str, Any]]:
    """An account with an app, and a login from a device that it remembers."""
    app = await set_up(server, await server.logged_in(email))
    return app, await in_steps(server, app, email, remember=True)


@once
async def test_a_remembered_device_spares_the_second_factor_and_never_the_first(postern: Postern) -> None:
    app, login = await remembered(postern)
    device = login["deviceToken"]
    kept = await Device.get(remembered_until__isnull=False)
    assert kept.remembered_until
    assert timedelta(days=29, hours=23) < kept.remembered_until - datetime.now(UTC) <= timedelta(days=30)

    again = await first_step(postern, deviceToken=device)

    assert again["__typename"] == "LoggedIn"
    claims = jwt.decode(again["accessToken"], options={"verify_signature": False})
    assert claims["amr"] == ["pwd"], "that is no second factor"
    assert (await Session.get(id=claims["sid"])).methods == ["password", "remembered_device"]
    until = (await Device.get(id=kept.id)).remembered_until
    assert until == kept.remembered_until, "it is not prolonged"
    assert (await first_step(postern, password="not it", deviceToken=device))["__typename"] == "InvalidCredentials"
    assert (await first_step(postern))["__typename"] == "SecondFactorNeeded", "any other device is asked"
    await Device.filter(id=kept.id).update(remembered_until=datetime.now(UTC))
    assert (await first_step(postern, deviceToken=device))["__typename"] == "SecondFactorNeeded"
    assert (await factors(postern, login))["rememberedDevices"] == 0
    assert (await in_steps(postern, app))["__typename"] == "LoggedIn"


async def test_a_login_by_a_remembered_device_may_not_do_what_matters(postern: Postern) -> None:
    app, login = await remembered(postern)
    again = await first_step(postern, deviceToken=login["deviceToken"])
    assert await ask(postern, REMOVE, again) == {
        "__typename": "StepUpNeeded",
        "methods": ["TOTP", "RECOVERY_CODE"],
        "message": "Please first prove who you are with a second factor.",
    }
    told = (await postern.ask(SESSIONS, token=again["accessToken"]))["data"]["me"]["sessions"]
    assert [one["steppedUpUntil"] for one in told if one["current"]] == [None]
    proof = {"totpCode": await app.fresh_code()}
    assert (await postern.do(STEP_UP, again["accessToken"], proof=proof))["__typename"] == "SteppedUp"
    assert (await ask(postern, REMOVE, again))["__typename"] == "TotpRemoved"


async def test_a_known_device_that_is_not_remembered_stays_known_through_both_steps(postern: Postern) -> None:
    app = await set_up(postern, await postern.logged_in())
    first = await in_steps(postern, app)
    needed = await first_step(postern, deviceToken=first["deviceToken"])
    assert needed["__typename"] == "SecondFactorNeeded"
    second = await complete(postern, needed["ticket"], totpCode=await app.fresh_code())
    assert second["deviceToken"] is None
    needed = await first_step(postern, deviceToken=first["deviceToken"])
    third = await complete(postern, needed["ticket"], totpCode=await app.fresh_code())
    assert third["deviceToken"] is None
    assert await Device.filter(user_id=first["user"]["id"]).count() == 1


async def test_a_known_device_that_becomes_remembered_has_a_new_token_and_the_old_one_is_worth_nothing(
    postern: Postern,
) -> None:
    _, bens = await remembered(postern, BEN)
    app = await set_up(postern, await postern.logged_in())
    first = await in_steps(postern, app)
    needed = await first_step(postern, deviceToken=first["deviceToken"])
    second = await complete(postern, needed["ticket"], totpCode=await app.fresh_code(), remember=True)
    told = await AuditEvent.filter(event="logged_in", subject_id=first["user"]["id"]).order_by("id")
    assert [one.details["known_device"] for one in told] == [False, False, True]
    assert second["deviceToken"] not in (None, first["deviceToken"])
    assert (await first_step(postern, deviceToken=first["deviceToken"]))["__typename"] == "SecondFactorNeeded"
    assert (await first_step(postern, deviceToken=second["deviceToken"]))["__typename"] == "LoggedIn"
    assert await Device.filter(user_id=first["user"]["id"]).count() == 1
    assert (await first_step(postern, BEN, deviceToken=bens["deviceToken"]))["__typename"] == "LoggedIn"


async def test_forgetting_has_every_device_asked_again_and_no_neighbours(postern: Postern) -> None:
    _, bens = await remembered(postern, BEN)
    app, login = await remembered(postern)
    other = await in_steps(postern, app, remember=True)
    assert await ask(postern, FORGET, login) == {"count": 2}
    assert await told("devices_forgotten") == by(login) | {"count": 2}
    for device in (login["deviceToken"], other["deviceToken"]):
        assert (await first_step(postern, deviceToken=device))["__typename"] == "SecondFactorNeeded"
    assert await ask(postern, FORGET, login) == {"count": 0}
    assert (await first_step(postern, BEN, deviceToken=bens["deviceToken"]))["__typename"] == "LoggedIn"


@once
@pytest.mark.parametrize("what", ["password", "reset", "app", "removed"])
async def test_every_change_of_password_or_factor_forgets_them(postern: Postern, what: str) -> None:
    _, bens = await remembered(postern, BEN)
    _, login = await remembered(postern)
    password = PASSWORD
    if what == "password":
        change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
        answer = await postern.do(CHANGE_PASSWORD, login["accessToken"], **change)
        assert answer["__typename"] == "PasswordChanged"
        password = NEW_PASSWORD
    elif what == "reset":
        await postern.do(RESET, token=await requested_reset(postern), newPassword=NEW_PASSWORD)
        password = NEW_PASSWORD
    elif what == "app":
        await set_up(postern, login)
    else:
        await ask(postern, REMOVE, login)
        login = await first_step(postern)
        await set_up(postern, login)
    needed = await first_step(postern, password=password, deviceToken=login["deviceToken"] or "")
    assert needed["__typename"] == "SecondFactorNeeded"
    assert (await first_step(postern, BEN, deviceToken=bens["deviceToken"]))["__typename"] == "LoggedIn"


@once
async def test_another_accounts_device_spares_nothing(postern: Postern) -> None:
    _, bens = await remembered(postern, BEN)
    await set_up(postern, await postern.logged_in())
    assert (await first_step(postern, deviceToken=bens["deviceToken"]))["__typename"] == "SecondFactorNeeded"
    assert await ticket(postern)
