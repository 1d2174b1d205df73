"""What may have to be awaited, and what becomes of it when something else has failed."""

from asyncio import Future, gather, get_running_loop, iscoroutine
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from graphql.pyutils import gather_with_cancel, is_awaitable

PLAIN = frozenset({type(None), bool, int, float, str, bytes, bytearray, list, tuple, dict, set, frozenset})
Container = TypeVar("Container", dict[str, Any], list[Any])


def awaits(value: Any) -> bool:
    """Whether the value has to be awaited, as graphql-core sees it."""
    return type(value) not in PLAIN and is_awaitable(value)


async def filled(results: Container, awaited: Sequence[Any]) -> Container:
    """The results with what is awaited in its place, all of it at once; the first failure cancels the others."""
    if len(awaited) == 1:
        results[awaited[0]] = await results[awaited[0]]
    else:
        values = await gather_with_cancel(*(results[place] for place in awaited))
        for place, value in zip(awaited, values, strict=True):
            results[place] = value
    return results


class Background:
    """What is still under way although nobody waits for it any more."""

    __slots__ = ("_futures",)

    def __init__(self) -> None:
        self._futures: set[Future[Any]] = set()

    def settle(self, awaitables: Sequence[Awaitable[Any]]) -> None:
        """Let them come to their ends unheard; where no loop runs, they never begin."""
        try:
            get_running_loop()
        except RuntimeError:
            for awaitable in awaitables:
                if iscoroutine(awaitable):
                    awaitable.close()
            return
        future = gather(*awaitables, return_exceptions=True)
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)

    def track(self, values: Sequence[Any]) -> None:
        """Settle those of the values that have to be awaited."""
        if awaitables := [value for value in values if awaits(value)]:
            self.settle(awaitables)
