"""Look-ups of one moment, together."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

AT_ONCE = 2  # look-ups: one that hangs holds nobody up, and what comes meanwhile shares the next

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Moments(Generic[K, T]):
    """Looks up together what is asked for in one moment, or while AT_ONCE look-ups are under way.

    Nothing is remembered: a row is as it was when it was asked for, or newer.
    Whoever leaves leaves the others alone, and a failure is told to those of its moment alone.
    """

    def __init__(self, look_up: Callable[[list[K]], Awaitable[Sequence[T]]]) -> None:
        self._look_up = look_up
        self._waiting: list[tuple[K, asyncio.Future[T]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self, key: K) -> asyncio.Future[T]:
        """What there is for the key by now. Raises what the look-up raises."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._begin)
        self._waiting.append((key, future))
        return future

    def _begin(self) -> None:
        if self._waiting and len(self._tasks) < AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._answer())
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._begin()

    async def _answer(self) -> None:
        waiting, self._waiting = self._waiting, []
        asked = [(key, future) for key, future in waiting if not future.done()]
        try:
            found = await self._look_up([key for key, _ in asked]) if asked else ()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            for _, future in asked:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), one in zip(asked, found, strict=True):
                if not future.done():
                    future.set_result(one)
        finally:
            for _, future in asked:
                future.cancel()  # which is nothing to those that have heard
