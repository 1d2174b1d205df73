"""Housekeeping where much is over: batch by batch, and others have their turn in between"""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from tortoise.connection import get_connection

from events import Swept
from models import Letter, Link, Purpose, Registration, Session, User
from resolvers import housekeeping
from tests.database.cancelling import cancelled_at
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.statements import Statements

pytestmark = pytest.mark.anyio

MOST_ARGUMENTS = 32_767  # of one statement: PostgreSQL counts them in 16 bits
MOST_NAMED = 3 * housekeeping.BATCH  # those of a batch, as accounts, in links and in registrations
CROWDED = MOST_NAMED + housekeeping.BATCH
CROWD = """INSERT INTO users (id, canonical_email, password_hash, locale, created_at)
    SELECT gen_random_uuid(), 'abandoned' || n || '@example.com', '', 'en', now() - interval '99 days'
    FROM generate_series(1, $1::int) AS n"""  # by the ORM, that is as many objects
OVER = datetime.now(UTC) - timedelta(days=99)
NEVER = datetime.now(UTC) + timedelta(days=99)
BATCH = 10
TABLES: tuple[Any, ...] = (User, Session, Link, Registration, Letter)


async def people(number: int, name: str, confirmed_at: datetime | None = None) -> list[User]:
    common: dict[str, Any] = {"password_hash": "", "locale": "en", "created_at": OVER}
    emails = [f"{name}{n}@example.com" for n in range(number)]
    users = [User(canonical_email=email, email_confirmed_at=confirmed_at, **common) for email in emails]
    await User.bulk_create(users)
    return users


async def belongings(users: list[User], at: datetime) -> None:
    """A session, a link, a registration and two letters of each, all over at this instant."""
    for user in users:
        once: dict[str, Any] = {"user_id": user.id, "created_at": OVER}
        word: dict[str, Any] = {"token_digest": user.canonical_email + str(at), "expires_at": at}
        await Session.create(**once, rotated_at=datetime.now(UTC), last_used_at=OVER, expires_at=at)
        await Link.create(**once, **word, purpose=Purpose.RESET_PASSWORD, canonical_email="")
        await Registration.create(**once, expires_at=at, password_hash="", locale="en")
        await Letter.create(**once, kind="welcome", delivered_at=at)
        await Letter.create(**once, kind="welcome", died_at=at)


async def counts() -> list[int]:
    return [await table.all().count() for table in TABLES]


@pytest.fixture
async def crowd(postern: Postern, monkeypatch: pytest.MonkeyPatch) -> Postern:
    """Ten people whose things stay and 25 whose are over, 25 abandoned accounts and ten that still have a link."""
    monkeypatch.setattr(housekeeping, "BATCH", BATCH)
    monkeypatch.setattr(housekeeping, "PAUSE_SECONDS", 0)
    await belongings(await people(10, "stays", OVER), NEVER)
    await belongings(await people(25, "goes", OVER), OVER)
    await people(25, "abandoned")
    await belongings(await people(10, "waits"), NEVER)
    assert await counts() == [70, 45, 45, 45, 90]
    return postern


async def test_what_is_over_goes_batch_by_batch_and_the_rest_stays(crowd: Postern) -> None:
    swept = Swept(
        sessions=25,
        devices=0,
        links=25,
        tickets=0,
        provider_logins=0,
        totp_secrets=0,
        spent=0,
        registrations=25,
        letters=50,
        accounts=25,
        events=0,
        addresses=0,
        deliveries=0,
        bodies=0,
    )
    assert await housekeeping.sweep(crowd.settings) == swept
    assert await counts() == [45, 20, 20, 20, 40]
    assert not await User.filter(canonical_email__startswith="abandoned").exists()
    assert not await Session.filter(expires_at=OVER).exists()
    assert set((await housekeeping.sweep(crowd.settings)).facts().values()) == {0}


async def test_others_have_their_turn_between_two_batches(crowd: Postern, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "PAUSE_SECONDS", 0.1)
    sweeping = asyncio.create_task(housekeeping.sweep(crowd.settings))
    seen = set()
    while not sweeping.done():
        seen.add(await Session.all().count())
        await asyncio.sleep(0.01)
    assert seen & {45 - BATCH, 45 - 2 * BATCH}, "while some are gone and some are not"
    assert (await sweeping).sessions == 25


async def test_a_cancelled_sweep_leaves_whole_batches_and_the_next_goes_on(crowd: Postern) -> None:
    gone: list[int] = []
    for step in count():
        before = await counts()
        reached = await cancelled_at(step, swept(crowd), late=False)
        gone += [was - is_ for was, is_ in zip(before, await counts(), strict=True)]
        if not reached:
            break
    assert {number % BATCH for number in gone} <= {0, 25 % BATCH}
    assert await counts() == [45, 20, 20, 20, 40]


async def swept(server: Postern) -> None:
    await housekeeping.sweep(server.settings)


@pytest.mark.parametrize("dialect", ["postgres"])
async def test_no_statement_names_more_than_a_batch_however_many_are_removed(
    make_settings: MakeSettings, database_url: str, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "PAUSE_SECONDS", 0)
    seen = Statements("postgres")
    seen.watch(monkeypatch)
    async with running(make_settings(database_url=database_url, smtp_url=post.url), post) as server:
        await server.joined()
        await get_connection("postgres").execute_query(CROWD, [CROWDED])
        assert (await housekeeping.sweep(server.settings)).accounts == CROWDED
        assert [user.canonical_email for user in await User.all()] == [EMAIL]
    assert max(map(len, seen.sent.values())) <= MOST_NAMED + 2 < MOST_ARGUMENTS
