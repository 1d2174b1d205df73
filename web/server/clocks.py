"""Deadlines that are set with each request and hardly ever reached."""

import asyncio
from collections.abc import Callable


class Clock:
    """Calls `reached` when it has run for so many seconds. To start and to stop it costs no timer of the loop's.

    It has one at the most, which looks whether its time has come, and waits on where it was set anew meanwhile.
    """

    __slots__ = ("_at", "_handle", "_loop", "_reached", "_seconds")

    def __init__(self, seconds: float, reached: Callable[[], object]) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._reached = reached
        self._at: float | None = None
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Run, unless it does already."""
        if self._at is None:
            self._at = self._loop.time() + self._seconds
            if self._handle is None:
                self._handle = self._loop.call_at(self._at, self._look)

    def stop(self) -> None:
        """Reach nothing until it is started again."""
        self._at = None

    def close(self) -> None:
        """Stop, and leave nothing behind in the loop."""
        self._at = None
        if self._handle:
            self._handle.cancel()
            self._handle = None

    def _look(self) -> None:
        self._handle = None
        if self._at is None:
            return
        if self._at > self._loop.time():
            self._handle = self._loop.call_at(self._at, self._look)
        else:
            self._at = None
            self._reached()
