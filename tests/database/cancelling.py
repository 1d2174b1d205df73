"""Cancelling a task at an exact point, so that no point goes untested."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any


class Cancelled:
    """Work that is cancelled while it waits for the `step`-th time.

    `late` cancels when what it waits for has just come, before it could take it: the moment in which
    a lock or a connection is easily lost.
    """

    def __init__(self, work: Coroutine[Any, Any, None], step: int, *, late: bool) -> None:
        self.work = work
        self.step = step
        self.late = late
        self.reached = False

    def __await__(self) -> Generator[Any, None, None]:
        task = asyncio.current_task()
        steps = self.work.__await__()
        raised: BaseException | None = None
        number = 0
        while True:
            try:
                future = steps.throw(raised) if raised else next(steps)
            except StopIteration:
                return
            if number == self.step and task:
                self._cancel(task, future)
            number += 1
            raised = None
            try:
                yield future
            except BaseException as error:  # noqa: BLE001 (passed on to the work)
                raised = error

    def _cancel(self, task: asyncio.Task[Any], future: "asyncio.Future[Any] | None") -> None:
        self.reached = True
        if self.late and future is not None:
            future.add_done_callback(lambda _: task.cancel())
        else:
            task.cancel()


async def cancelled_at(step: int, work: Coroutine[Any, Any, None], *, late: bool) -> bool:
    """Whether the work has waited that often, and so was cancelled."""
    cancelled = Cancelled(work, step, late=late)

    async def run() -> None:
        await cancelled

    await asyncio.wait([asyncio.create_task(run())])
    return cancelled.reached
