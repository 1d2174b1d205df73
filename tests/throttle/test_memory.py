"""Attempts counted in memory: what is over is forgotten now and then, and never from under somebody who counts"""

import asyncio
import time
from types import SimpleNamespace

import pytest
from limits.aio.storage import MemoryStorage

from errors import TooManyAttempts
from security import throttle
from security.throttle import Throttle
from tests.support.given import MakeSettings

pytestmark = pytest.mark.anyio

RULE = "login_per_account"


async def cleaned(counted: Throttle) -> None:
    """Come back once the look through all that is counted has ended; raises what it raised."""
    storage = counted._memory.storage
    assert isinstance(storage, MemoryStorage)
    assert storage.timer
    await storage.timer


async def test_all_that_is_counted_is_looked_through_now_and_then_and_not_at_each_attempt(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, looks = Throttle(make_settings(), b"key"), []
    usual = MemoryStorage._MemoryStorage__expire_events  # type: ignore[attr-defined]

    async def look(storage: object) -> None:
        looks.append(storage)
        await usual(storage)

    monkeypatch.setattr(MemoryStorage, "_MemoryStorage__expire_events", look)
    for number in range(20):
        await counted.attempt(RULE, f"account {number}")
        await cleaned(counted)
    assert len(looks) == 1


async def test_who_is_forgiven_while_all_is_looked_through_harms_nobody(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "CLEANING_SECONDS", -1.0)
    counted = Throttle(make_settings(login_limit_per_account="1 per hour"), b"key")
    for account in ("ann", "ben", "cleo"):
        await counted.attempt(RULE, account)
    await asyncio.sleep(0)  # the look begins, at Ann's
    await counted.forgive(RULE, "cleo")
    await cleaned(counted)
    await counted.attempt(RULE, "cleo")
    for account in ("ann", "ben", "cleo"):
        with pytest.raises(TooManyAttempts):
            await counted.attempt(RULE, account)


async def test_one_too_many_is_refused_for_a_second_though_by_our_clock_its_window_is_over(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Throttle(make_settings(login_limit_per_account="1 per hour"), b"key")
    await counted.attempt(RULE, "ann")
    monkeypatch.setattr(throttle, "time", SimpleNamespace(time=lambda: time.time() + 7200, monotonic=time.monotonic))
    with pytest.raises(TooManyAttempts) as refused:
        await counted.attempt(RULE, "ann")
    assert refused.value.retry_after == 1
