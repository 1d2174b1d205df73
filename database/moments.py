"""Look-ups of one moment, together."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Moments(Generic[K, T]):
    """Looks up at once what is asked for in one turn of the event loop. Nothing is remembered.

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
            loop.call_soon(self._begin, loop)
        self._waiting.append((key, future))
        return future

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        asked, self._waiting = self._waiting, []
        task = loop.create_task(self._answer(asked))
        self._tasks.add(task)  # or it might be collected
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, asked: list[tuple[K, asyncio.Future[T]]]) -> None:
        asked = [(key, future) for key, future in asked if not future.done()]
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
