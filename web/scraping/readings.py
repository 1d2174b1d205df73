"""What is not counted but read off as Prometheus asks: of the process, and of the database, which is asked little."""

import asyncio
import platform
import time
import tomllib
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric

import database
from resolvers import health
from resolvers.services import Services
from settings import ROOT

ASKING_SECONDS = 2  # Prometheus waits for 10 at most
OUTBOX_SECONDS = 5  # for which one answer is good, however many ask
SESSIONS_SECONDS = 60  # to count a million of them takes the database a fifth of a second
T = TypeVar("T")
log = structlog.get_logger()


class Readings:
    """What the server is like at this moment."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._outbox = _Remembered(_outbox, OUTBOX_SECONDS)
        self._sessions = _Remembered(health.sessions_open, SESSIONS_SECONDS)
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        self._version = {"version": project["version"], "python": platform.python_version()}

    def of_process(self) -> list[Metric]:
        """What needs nobody's answer."""
        passwords, connections = self._services.passwords, database.usage()
        pool = GaugeMetricFamily(
            "postern_database_connections", "Connections to the database that are open.", labels=["state"]
        )
        pool.add_metric(["busy"], connections.busy)
        pool.add_metric(["idle"], connections.idle)
        degraded = GaugeMetricFamily(
            "postern_degraded", "1 where the part works less well than it should.", labels=["part"]
        )
        for part, is_so in health.parts(self._services).items():
            degraded.add_metric([part], is_so)
        return [
            InfoMetricFamily("postern_build", "What is running.", self._version),
            _gauge("postern_processes", "How many processes are to serve.", self._services.settings.web_concurrency),
            _gauge("postern_password_workers", "Passwords worked on at a time, at most.", passwords.workers),
            _gauge("postern_password_busy", "Passwords that are worked on.", passwords.busy),
            _gauge("postern_password_queue", "Passwords that wait for their turn.", passwords.queue),
            _gauge("postern_database_connections_max", "Connections that may be open.", connections.most),
            pool,
            degraded,
        ]

    async def of_database(self) -> list[Metric]:
        """What the database knows, and whether it answers at all; what it does not answer in time is missing."""
        outbox = await _in_time(self._outbox.answer)
        sessions = await _in_time(self._sessions.answer) if outbox else None
        found = [_gauge("postern_database_up", "1 where the database has answered.", int(outbox is not None))]
        if outbox:
            letters, seconds = outbox
            about = "How long the oldest has been due that nobody took up."
            found += [
                _gauge("postern_outbox_letters", "Emails on their way, those that are put off too.", letters),
                _gauge("postern_outbox_oldest_seconds", about, seconds),
            ]
        if sessions is not None:  # many are slow to count: that alone is no database that is down
            about = f"Sessions that are not over, at most {health.MOST_COUNTED:,}."
            found.append(_gauge("postern_sessions_open", about, sessions))
        return found


class _Remembered(Generic[T]):
    """An answer that is good for some seconds, however many ask for it."""

    def __init__(self, ask: Callable[[], Awaitable[T]], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._lock = asyncio.Lock()
        self._until = 0.0
        self._known: T

    async def answer(self) -> T:
        async with self._lock:
            if time.monotonic() >= self._until:
                self._known = await self._ask()
                self._until = time.monotonic() + self._seconds
            return self._known


async def _in_time(ask: Callable[[], Awaitable[T]]) -> T | None:
    try:
        async with asyncio.timeout(ASKING_SECONDS):
            return await ask()
    except Exception as error:  # noqa: BLE001 - whatever it is: the other metrics are worth more then
        log.warning("metrics_without_database", error=type(error).__name__)
        return None


async def _outbox() -> tuple[int, float]:
    return await health.letters_waiting(), (await health.lateness()).total_seconds()


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value)
