"""Where does the processor's time for one `me` go? `python -m benchmarks.inside [tries]`.

The server's own connections, in this process and on a transport in memory: sixteen people ask at once, in production
mode, and PostgreSQL answers. What is left out is the kernel's part of a request. The least of many tries is told, for
whatever else the machine does only adds to it; then its parts, in the profiler's proportions.
"""

import asyncio
import cProfile
import gc
import os
import pstats
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
import uvloop
from uvicorn.server import ServerState

from benchmarks import postgres
from benchmarks.peers.own import NOBODY, POSTERN
from benchmarks.peers.peer import Person
from benchmarks.postern import PATIENT
from main import create_app
from settings import ROOT, Settings
from web.server import serving

TRIES = 500
AT_ONCE = 16
WARM_UP = 10
PARTS = (
    (r"/uvicorn/|/web/server/|/main\.py", "HTTP: uvicorn, and what bounds a connection"),
    (r"/web/|/structlog/|/logging/|/logs\.py", "the wrapper: limits, deadline, headers, id, log"),
    (r"/starlette/", "Starlette: the route"),
    (r"/schema/|/edge/|/locales/|/json/", "the endpoint: reading, answering, who asks"),
    (r"/execution/|/graphql/", "the plan"),
    (r"/database/|/tortoise/|/asyncpg/", "looking the session up"),
    (r"/strawberry/", "Strawberry's wrappers of resolvers and permissions"),
    (r"/resolvers/|/security/|hashlib|sha256", "the token, and whether the session is open"),
    (r"", "the event loop and the rest of Python"),
)


class Memory(asyncio.Transport):
    """A client's connection: what is written to it is its answer, complete where the JSON is."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = b""
        self.answered: asyncio.Future[None] | None = None

    def write(self, data: Any) -> None:
        """Whoever waits for the answer goes on."""
        self.answer += data
        if self.answer.endswith(b"}}}") and self.answered:
            self.answered.set_result(None)

    def is_closing(self) -> bool:
        """Never."""
        return False

    def pause_reading(self) -> None:
        """Nothing is read that has not been given."""

    def resume_reading(self) -> None:
        """The same."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """An address of nobody's."""
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default


Client = tuple[Any, Memory, bytes]  # the server's side of a connection, the client's, and what is asked


def main() -> None:
    """Print the time, and its parts."""
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else TRIES
    with prepared(AT_ONCE) as (settings, people):
        uvloop.run(_measured(settings, [person.me for person in people], tries))


@dataclass(frozen=True)
class Requests:
    """What a person sends to ask for `me`, and to log in."""

    me: bytes
    login: bytes


@contextmanager
def prepared(count: int) -> Iterator[tuple[Settings, list[Requests]]]:
    """The settings of a server in production on PostgreSQL, and what so many people ask of it."""
    people = [Person(f"n{number}@example.com", f"N{number}") for number in range(count)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(postgres.fresh(postgres.server(None), "inside"))
        POSTERN.prepare(folder, database, people)
        with POSTERN.serving(folder, database) as server, httpx2.Client(base_url=server.url, timeout=60) as http:
            requests = [
                Requests(POSTERN.me(POSTERN.sign_in(http, person)).raw(), POSTERN.login(person).raw())
                for person in people
            ]
        known = {"ENVIRONMENT": "production", "SMTP_URL": NOBODY, "LOG_LEVEL": "warning", **POSTERN.keys, **PATIENT}
        os.environ.update({"DATABASE_URL": database.url, "DATA_DIR": str(folder), **known})
        yield Settings(_env_file=None), requests


@asynccontextmanager
async def connected(settings: Settings, requests: list[bytes]) -> AsyncIterator[list[Client]]:
    """A connection in memory for each request, to a server that is warm."""
    app = create_app(settings)
    config = uvicorn.Config(app, **serving.options(settings))
    config.load()
    make: Any = config.http_protocol_class
    async with app.router.lifespan_context(app):
        clients = []
        for request in requests:
            connection, transport = make(config=config, server_state=ServerState(), app_state={}), Memory()
            connection.connection_made(transport)
            clients.append((connection, transport, request))
        for _ in range(WARM_UP):
            await asked(clients)
        gc.collect()
        gc.freeze()
        yield clients


async def asked(clients: list[Client]) -> None:
    """Have all of them ask at once, and come back with the last answer."""
    for connection, transport, request in clients:
        transport.answer, transport.answered = b"", asyncio.get_running_loop().create_future()
        connection.data_received(request)
    await asyncio.gather(*(transport.answered for _, transport, _ in clients if transport.answered))


async def _measured(settings: Settings, requests: list[bytes], tries: int) -> None:
    async with connected(settings, requests) as clients:
        least = min([await _timed(clients) for _ in range(tries)])
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(tries):
            await asked(clients)
        profile.disable()
    print(f"One me of {AT_ONCE} at once: {least:.0f} µs, the least of {tries} tries\n")
    for part, share in _shares(profile).most_common():
        print(f"  {least * share:5.0f} µs  {share:4.0%}  {part}")


async def _timed(clients: list[Client]) -> float:
    started = time.thread_time()
    await asked(clients)
    return (time.thread_time() - started) / len(clients) * 1e6


def _shares(profile: cProfile.Profile) -> Counter[str]:
    """The part of all time that each of PARTS has by itself; what is built in is its caller's."""
    own: Counter[str] = Counter()
    stats: Any = pstats.Stats(profile)
    for (file, _, _), (_, _, spent, _, callers) in stats.stats.items():
        if file != "~":
            own[_part(file)] += spent
        else:
            for (caller, _, _), told in callers.items():
                own[_part(caller)] += told[2]
    total = sum(own.values())
    return Counter({part: spent / total for part, spent in own.items()})


def _part(file: str) -> str:
    path = file.removeprefix(str(ROOT)) if "site-packages" not in file else file.partition("site-packages")[2]
    return next(part for pattern, part in PARTS if re.search(pattern, path))


if __name__ == "__main__":
    main()
