"""database/moments.py: look-ups of one moment, together"""

import asyncio

import pytest

from database import Moments
from database.moments import AT_ONCE

pytestmark = pytest.mark.anyio


class Asked:
    """What is looked up, and how often; `fails` is what becomes of it where 1 is among them."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.keys: list[list[int]] = []
        self.fails = fails
        self.go_on = asyncio.Event()

    async def look_up(self, keys: list[int]) -> list[str]:
        self.keys.append(keys)
        await self.go_on.wait()
        if self.fails and 1 in keys:
            raise self.fails
        return [f"of {key}" for key in keys]


async def test_what_is_asked_in_one_turn_is_looked_up_at_once_and_nothing_is_remembered() -> None:
    asked = Asked()
    asked.go_on.set()
    moments = Moments(asked.look_up)
    assert await asyncio.gather(*map(moments.load, [1, 2, 1])) == ["of 1", "of 2", "of 1"]
    assert await moments.load(1) == "of 1"
    assert asked.keys == [[1, 2, 1], [1]]


async def test_a_failure_is_told_to_all_of_its_moment_and_to_nobody_else() -> None:
    asked = Asked(ValueError("broken"))
    moments = Moments(asked.look_up)
    failing = [moments.load(1), moments.load(2)]
    while not asked.keys:  # noqa: ASYNC110 - the look-up is under way
        await asyncio.sleep(0)
    later = moments.load(3)
    asked.go_on.set()
    assert [str(error) for error in await asyncio.gather(*failing, return_exceptions=True)] == ["broken"] * 2
    assert await later == "of 3"


@pytest.mark.parametrize("begun", [False, True])
async def test_who_leaves_leaves_the_others_alone(begun: bool) -> None:
    asked = Asked()
    moments = Moments(asked.look_up)
    staying, leaving = moments.load(1), moments.load(2)
    while begun and not asked.keys:  # noqa: ASYNC110
        await asyncio.sleep(0)
    leaving.cancel()
    asked.go_on.set()
    assert await staying == "of 1"
    assert asked.keys == [[1, 2] if begun else [1]]


async def test_where_everybody_has_left_nothing_is_looked_up() -> None:
    asked = Asked()
    moments = Moments(asked.look_up)
    moments.load(1).cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked.go_on.set()
    assert await moments.load(2) == "of 2"
    assert asked.keys == [[2]]


async def test_who_waits_when_all_is_ended_is_told() -> None:
    asked = Asked()
    moments = Moments(asked.look_up)
    future = moments.load(1)
    while not asked.keys:  # noqa: ASYNC110
        await asyncio.sleep(0)
    (task,) = moments._tasks
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await future


async def test_what_comes_while_enough_is_under_way_is_looked_up_together() -> None:
    asked = Asked()
    moments = Moments(asked.look_up)
    loads = []
    for key in range(AT_ONCE + 3):
        loads.append(moments.load(key))
        for _ in range(5):
            await asyncio.sleep(0)
    assert asked.keys == [[key] for key in range(AT_ONCE)]
    asked.go_on.set()
    assert await asyncio.gather(*loads) == [f"of {key}" for key in range(AT_ONCE + 3)]
    assert asked.keys[AT_ONCE:] == [[AT_ONCE, AT_ONCE + 1, AT_ONCE + 2]]


async def test_one_that_hangs_holds_nobody_up() -> None:
    hanging = asyncio.Event()

    async def look_up(keys: list[int]) -> list[int]:
        if 0 in keys:
            await hanging.wait()
        return keys

    moments = Moments(look_up)
    first = moments.load(0)
    for _ in range(5):
        await asyncio.sleep(0)
    assert [await moments.load(key) for key in (1, 2, 3)] == [1, 2, 3]
    hanging.set()
    assert await first == 0
