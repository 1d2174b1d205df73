"""An account with a passkey lives a whole life, after a password and without one; its neighbour keeps everything"""

from typing import Any

import jwt
import pytest

from models import Device, Identity, LoginTicket, Passkey, RecoveryCode, Session, TotpSecret, User
from tests.support.account import (
    CHANGE_PASSWORD,
    CONFIRM_CHANGE,
    DELETE,
    EXPORT,
    LOGOUT,
    NEW_EMAIL,
    NEW_PASSWORD,
    REFRESH,
    REQUEST_CHANGE,
    RESET,
    SET_PASSWORD,
    UNDO_CHANGE,
    works,
)
from tests.support.databases import once
from tests.support.factors import NEW_CODES, START_STEP_UP, STEP_UP, ask, complete, factors, first_step
from tests.support.outbox import done_with
from tests.support.passkeys import REMOVE_PASSKEY, RENAME, SoftKey, log_in, text, with_passkey
from tests.support.postern import EMAIL, PASSWORD, Postern

pytestmark = [pytest.mark.anyio, once]

BEN = "ben@example.com"
TABLES: tuple[Any, ...] = (User, Session, Device, Passkey, RecoveryCode, TotpSecret, Identity, LoginTicket)


async def neighbours(login: dict[str, Any]) -> list[Any]:
    mine = {"user_id": login["user"]["id"]}
    return [await table.filter(**mine).order_by("id").values() for table in TABLES[1:]]


async def stepped_up(server: Postern, login: dict[str, Any], key: SoftKey) -> None:
    started = await server.do(START_STEP_UP, login["accessToken"], method="PASSKEY")
    proof = {"passkey": key.get(started["passkeyOptions"])}
    answer = await server.do(STEP_UP, login["accessToken"], ceremony=started["ceremony"], proof=proof)
    assert answer["__typename"] == "SteppedUp"


async def after_the_password(server: Postern, key: SoftKey, password: str, email: str = EMAIL) -> dict[str, Any]:
    needed = await first_step(server, email, password)
    assert (needed["__typename"], needed["methods"]) == ("SecondFactorNeeded", ["PASSKEY", "RECOVERY_CODE"])
    login = await complete(server, needed["ticket"], passkey=key.get(needed["passkeyOptions"]))
    assert login["__typename"] == "LoggedIn"
    return login


async def exported(server: Postern, login: dict[str, Any]) -> dict[str, Any]:
    return dict((await server.ask(EXPORT, token=login["accessToken"]))["data"]["me"]["exportMyData"])


async def test_with_a_password_and_a_passkey(postern: Postern) -> None:
    ben = await postern.joined(BEN)
    await with_passkey(postern, ben, asSecondFactor=True)
    before = await neighbours(ben)

    key = await with_passkey(postern, await postern.joined(), asSecondFactor=True)
    login = await after_the_password(postern, key, PASSWORD)
    assert (await factors(postern, login))["recoveryCodesLeft"] == 10
    codes = (await ask(postern, NEW_CODES, login))["recoveryCodes"]
    change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    assert (await postern.do(CHANGE_PASSWORD, login["accessToken"], **change))["__typename"] == "PasswordChanged"
    login = await after_the_password(postern, key, NEW_PASSWORD)
    refreshed = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    claims = jwt.decode(refreshed["accessToken"], options={"verify_signature": False})
    assert claims["amr"] == ["pwd", "swk", "mfa"]

    await Session.filter(user_id=login["user"]["id"]).update(stepped_up_at=None)
    moving = {"newEmail": NEW_EMAIL, "password": NEW_PASSWORD}
    assert (await postern.do(REQUEST_CHANGE, login["accessToken"], **moving))["__typename"] == "StepUpNeeded"
    await stepped_up(postern, login, key)
    await done_with()
    letters = len(await postern.post.letters_to(EMAIL))
    assert (await postern.do(REQUEST_CHANGE, login["accessToken"], **moving))["__typename"] == "EmailChangeRequested"
    token, undo = await postern.letter_token(NEW_EMAIL), await postern.letter_token(EMAIL, letters + 1)
    assert (await postern.do(CONFIRM_CHANGE, token=token))["__typename"] == "EmailChanged"
    assert (await postern.do(UNDO_CHANGE, token=undo))["__typename"] == "EmailChangeUndone"
    reset = await postern.letter_token(EMAIL, letters + 2)
    chosen = await postern.do(RESET, token=reset, newPassword=PASSWORD)
    assert chosen["__typename"] == "PasswordReset"

    lost = await first_step(postern)
    login = await complete(postern, lost["ticket"], recoveryCode=codes[0])
    (passkey,) = (await exported(postern, login))["passkeys"]
    removed = await postern.do(REMOVE_PASSKEY, login["accessToken"], passkeyId=passkey["id"])
    assert (removed["__typename"], await factors(postern, login)) == (
        "PasskeyRemoved",
        {"required": False, "totpSince": None, "recoveryCodesLeft": 0, "rememberedDevices": 0},
    )
    assert (await postern.do(DELETE, login["accessToken"], password=PASSWORD))["__typename"] == "AccountDeleted"
    assert await neighbours(ben) == before
    assert await User.all().count() == 1


async def test_with_a_passkey_alone(postern: Postern) -> None:
    ben = await postern.joined(BEN)
    bens = await with_passkey(postern, ben)
    before = await neighbours(ben)

    first = await postern.joined()
    key = await with_passkey(postern, first, name="Phone")
    await User.filter(canonical_email=EMAIL).update(password_hash=None)
    assert (await postern.login())["__typename"] == "InvalidCredentials"
    login = await log_in(postern, key)
    token = login["accessToken"]
    refreshed = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    claims = jwt.decode(refreshed["accessToken"], options={"verify_signature": False})
    assert claims["amr"] == ["swk", "mfa"]

    await Session.filter(user_id=login["user"]["id"]).update(stepped_up_at=None)
    moving = await postern.do(REQUEST_CHANGE, token, newEmail=NEW_EMAIL)
    assert (moving["__typename"], moving["methods"]) == ("StepUpNeeded", ["PASSKEY"])
    await stepped_up(postern, login, key)
    assert (await postern.do(REQUEST_CHANGE, token, newEmail=NEW_EMAIL))["__typename"] == "EmailChangeRequested"
    moved = await postern.do(CONFIRM_CHANGE, token=await postern.letter_token(NEW_EMAIL))
    assert moved["__typename"] == "EmailChanged"
    login = await log_in(postern, key)
    token = login["accessToken"]
    assert login["user"]["email"] == NEW_EMAIL

    second = await with_passkey(postern, login, name="Key")
    phone, _ = (await exported(postern, login))["passkeys"]
    assert (await postern.do(RENAME, token, passkeyId=phone["id"], name="Old phone"))["__typename"] == "PasskeyRenamed"
    removed = await postern.do(REMOVE_PASSKEY, token, passkeyId=phone["id"])
    assert removed["acceptedCredentialIds"] == [text(second.credential_id)]
    assert (await log_in(postern, key))["__typename"] == "UnknownPasskey"
    assert (await postern.do(SET_PASSWORD, token, newPassword=NEW_PASSWORD))["__typename"] == "PasswordChanged"
    assert (await postern.login(NEW_EMAIL, NEW_PASSWORD))["__typename"] == "LoggedIn", "nothing more is asked for"
    await User.filter(canonical_email=NEW_EMAIL).update(password_hash=None)

    await postern.ask(LOGOUT, token=token)
    login = await log_in(postern, second)
    assert (await postern.do(DELETE, login["accessToken"]))["__typename"] == "AccountDeleted"
    assert (await log_in(postern, second))["__typename"] == "UnknownPasskey"
    assert await neighbours(ben) == before
    assert [await User.all().count(), await works(postern, ben)] == [1, True]
    assert (await log_in(postern, bens))["user"]["email"] == BEN
