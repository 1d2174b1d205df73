"""What waits for a transaction's end."""

import asyncio

import pytest

from database import after_commit, transaction
from models import User
from tests.database.rows import new_user

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("opened")]


class UndoneError(Exception):
    """On purpose."""


async def test_it_is_done_in_order_once_all_is_written_and_not_before() -> None:
    done: list[str] = []
    async with transaction():
        after_commit(lambda: done.append("first"))
        await new_user().save()
        async with transaction():
            after_commit(lambda: done.append("second"))
        assert done == []
    assert done == ["first", "second"]
    assert await User.all().count() == 1


@pytest.mark.parametrize("depth", [0, 1])
async def test_of_what_is_undone_nothing_is_told(depth: int) -> None:
    done: list[str] = []

    async def fails(levels: int) -> None:
        async with transaction():
            after_commit(lambda: done.append(f"level {levels}"))
            await new_user().save()
            if levels:
                await fails(levels - 1)
            raise UndoneError

    with pytest.raises(UndoneError):
        await fails(depth)
    assert (done, await User.all().count()) == ([], 0)
    after_commit(lambda: done.append("afterwards"))
    assert done == ["afterwards"], "where none is open there is nothing to wait for"


async def test_two_transactions_at_once_do_not_tell_for_each_other() -> None:
    done: list[str] = []
    both = asyncio.Barrier(2)

    async def one(name: str, *, fails: bool) -> None:
        await both.wait()
        async with transaction():
            after_commit(lambda: done.append(name))
            await new_user().save()
            if fails:
                raise UndoneError

    good, bad = await asyncio.gather(one("good", fails=False), one("bad", fails=True), return_exceptions=True)
    assert (good, type(bad), done) == (None, UndoneError, ["good"])
    assert await User.all().count() == 1
