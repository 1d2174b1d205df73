"""Work of many tasks that one statement can do for all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from database.cancellation import finish

T = TypeVar("T")


class Together(Generic[T]):
    """Runs `work` for one batch at a time: of what comes in `linger()` seconds, and while the last is worked on."""

    def __init__(self, work: Callable[[list[T]], Awaitable[None]], linger: Callable[[], float]) -> None:
        self._linger = linger
        self._work = work
        self._running = asyncio.Lock()
        self._batch: asyncio.Task[None] | None = None
        self._waiting: list[T] = []

    async def add(self, item: T) -> None:
        """Come back once the work is done for this one, cancelled or not. Raises what went wrong with its batch."""
        self._waiting.append(item)
        if self._batch is None:
            self._batch = asyncio.create_task(self._next())
        await finish(self._batch)

    async def _next(self) -> None:
        async with self._running:
            await asyncio.sleep(self._linger())
            batch, self._waiting, self._batch = self._waiting, [], None
            await self._work(batch)
