"""A cancelled task leaves the database as if it had never been, or as if it had finished."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from tortoise.transactions import in_transaction

import database
from models import Session, User
from tests.database.cancelling import cancelled_at
from tests.database.rows import POOL_SIZE, look, new_user, sign_in, sign_in_many, sign_in_within_a_transaction

pytestmark = pytest.mark.anyio

PATIENCE = 15  # seconds; a lost lock or connection would be waited for without end
WORKS = [look, sign_in, sign_in_many, sign_in_within_a_transaction]
SIBLINGS = 100
WHOLE = (0, 3)  # users without a session: none, or the three of sign_in_many


async def assert_usable(dialect: str) -> None:
    """Every connection can be had at the same time, and none is inside a transaction it should not be in."""
    together = asyncio.Barrier(POOL_SIZE)

    async def hold() -> None:
        async with in_transaction():
            await User.all().count()
            await together.wait()

    if dialect == "postgres":
        await asyncio.gather(*(hold() for _ in range(POOL_SIZE)))
    await sign_in()
    await User.filter(sessions=None).delete()  # outside a transaction


@pytest.mark.parametrize("late", [False, True], ids=["early", "late"])
@pytest.mark.parametrize("work", WORKS)
async def test_cancelled_at_any_point(
    database_url: str,
    dialect: str,
    work: Callable[[], Coroutine[Any, Any, None]],
    late: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whichever wait a task is cancelled in, from connecting to releasing, nothing is lost, half done or logged."""
    for step in count():
        async with asyncio.timeout(PATIENCE), database.opened(database_url, POOL_SIZE):
            reached = await cancelled_at(step, work(), late=late)
            assert await User.filter(sessions=None).count() in WHOLE
            await assert_usable(dialect)
        if not reached:
            break
    assert step >= 2
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("late", [False, True], ids=["early", "late"])
async def test_cancelled_while_others_wait(opened: None, dialect: str, late: bool) -> None:
    """Where many wait for the lock or the pool and some are cancelled, the others are served."""
    async with asyncio.timeout(PATIENCE):
        for step in range(20):
            others = [asyncio.create_task(sign_in()) for _ in range(POOL_SIZE + 2)]
            await cancelled_at(step, sign_in(), late=late)
            await asyncio.gather(*others)
        assert await User.all().count() == await Session.all().count() >= 20 * (POOL_SIZE + 2)
        await assert_usable(dialect)


async def test_siblings(opened: None, dialect: str) -> None:
    """A sibling that fails beside a transaction, as fields of one request do, harms no later query."""

    async def fail_after(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        raise LookupError

    async with asyncio.timeout(2 * PATIENCE):
        for number in range(SIBLINGS):
            with suppress(ExceptionGroup):
                async with asyncio.TaskGroup() as siblings:
                    siblings.create_task(sign_in())
                    siblings.create_task(look())
                    siblings.create_task(fail_after(number % 50))
            assert await User.all().count() == await Session.all().count()
        await assert_usable(dialect)


async def test_a_transaction_that_is_over_refuses_a_child_task(opened: None, dialect: str) -> None:
    """A task born inside a transaction cannot write through it once it is over."""
    over = asyncio.Event()

    async def write_late() -> None:
        await over.wait()
        await new_user().save()

    async with in_transaction():
        child = asyncio.create_task(write_late())
        await asyncio.sleep(0)
    over.set()
    with pytest.raises(Exception, match="This transaction is over"):
        await child
    assert await User.all().count() == 0
