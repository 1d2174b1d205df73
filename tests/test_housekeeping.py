"""Housekeeping: what is over is removed, the rest stays"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from events import Swept
from mail.outbox import Outbox
from models import Device, Letter, Link, Registration, Session, User
from resolvers import housekeeping
from security import tokens
from settings import HousekeepingSettings
from tests.support.account import requested_change, requested_reset, works
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.outbox import done_with
from tests.support.postern import EMAIL, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.secrecy import Watch

pytestmark = pytest.mark.anyio

TABLES: tuple[Any, ...] = (User, Session, Device, Link, Registration, Letter)


def ago(**time: int) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


async def counts() -> list[int]:
    return [await table.all().count() for table in TABLES]


async def test_what_is_still_good_stays(postern: Postern) -> None:
    login = await postern.joined()
    await requested_change(postern, login)
    await done_with()
    before = await counts()
    await Link.all().update(expires_at=ago(days=6))
    await Registration.all().update(expires_at=ago(days=6))
    await Letter.all().update(delivered_at=ago(days=29))
    await Letter.filter(kind="email_change_notice").update(delivered_at=None, died_at=ago(days=29))
    await Session.all().update(rotated_at=ago(days=29))
    assert sum((await housekeeping.sweep(postern.settings)).facts().values()) == 0
    assert await counts() == before
    assert await works(postern, login)


async def test_what_is_over_goes(postern: Postern) -> None:
    await requested_change(postern, await postern.joined())
    await done_with()
    idle, ended = await postern.login(), await postern.login()
    await Session.filter(user_id=idle["user"]["id"]).update(rotated_at=ago(days=31))
    await Session.filter(user_id=ended["user"]["id"]).update(expires_at=ago(seconds=1))
    await Device.filter(token_digest=tokens.digest(idle["deviceToken"])).update(expires_at=ago(seconds=1))
    await Device.filter(token_digest=tokens.digest(ended["deviceToken"])).update(expires_at=ago(days=1))
    await Link.all().update(expires_at=ago(days=8))
    await Registration.all().update(expires_at=ago(days=8))
    await Letter.all().update(delivered_at=ago(days=31))
    await Letter.filter(kind="email_change_notice").update(delivered_at=None, died_at=ago(days=31))
    await housekeeping.sweep(postern.settings)
    assert await counts() == [1, 0, 1, 0, 0, 0], "the device that is known stays"


async def test_an_account_that_nobody_confirmed_goes_with_its_last_link(postern: Postern) -> None:
    await postern.joined()
    for email in ("abandoned@example.com", "again@example.com", "resetting@example.com"):
        await postern.registered(email)
    await Registration.all().update(expires_at=ago(days=8))
    await postern.registered("again@example.com")
    await requested_reset(postern, "resetting@example.com")
    assert (await housekeeping.sweep(postern.settings)).accounts == 1
    assert {user.canonical_email for user in await User.all()} == {EMAIL, "again@example.com", "resetting@example.com"}
    assert (await postern.joined("abandoned@example.com"))["__typename"] == "LoggedIn"


async def test_an_account_that_is_being_registered_again_is_not_removed(
    postern: Postern, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await postern.registered()
    await Registration.all().delete()
    post, begun, go_on = Outbox.post, asyncio.Event(), asyncio.Event()

    async def slow_post(outbox: Outbox, *arguments: Any) -> UUID:
        begun.set()
        await go_on.wait()
        return await post(outbox, *arguments)

    monkeypatch.setattr(Outbox, "post", slow_post)
    registering = asyncio.create_task(postern.register())
    async with asyncio.timeout(10):
        await begun.wait()
        sweeping = asyncio.create_task(housekeeping.sweep(postern.settings))
        if dialect == "postgres":
            await sweeping  # which does not wait for the row, but leaves it
        go_on.set()
        await registering
        assert (await sweeping).accounts == 0
    assert (await postern.confirm(await postern.letter_token(nth=2)))["__typename"] == "EmailConfirmed"


async def test_it_happens_by_itself_and_on_two_servers_at_once(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, housekeeping_interval="PT0.01S")
    async with running(settings, post) as server:
        await server.joined()
        another = asyncio.create_task(housekeeping.run(settings))
        await Session.all().update(expires_at=ago(seconds=1))
        async with asyncio.timeout(10):
            while await Session.all().exists():  # noqa: ASYNC110 - only the database tells
                await asyncio.sleep(0.01)
        another.cancel()
        assert await User.all().count() == 1


@once
async def test_one_that_fails_is_told_and_the_next_is_tried_all_the_same(
    make_settings: MakeSettings, database_url: str, post: PostOffice, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url, "log_format": "json"}
    sweep, failed = housekeeping.sweep, asyncio.Event()

    async def fails_once(settings: HousekeepingSettings) -> Swept:
        monkeypatch.setattr(housekeeping, "sweep", sweep)
        failed.set()
        raise RuntimeError("no room on the disk")

    monkeypatch.setattr(housekeeping, "sweep", fails_once)
    async with running(make_settings(**usual, housekeeping_interval="PT0.01S"), post):
        async with asyncio.timeout(10):
            await failed.wait()
            while not watch.events("swept"):  # noqa: ASYNC110 - a log wakes nobody
                await asyncio.sleep(0.01)
    (line,) = watch.events("housekeeping_failed")
    assert line["level"] == "error"
