"""Does `me` stay quick while everybody logs in at once? `python -m benchmarks.load [logins]`.

Starts servers of its own with the hash of production, on SQLite and, where DATABASE_URL names an empty database of
PostgreSQL, there too. Every loop is bounded in count and in time, and speaks to this machine alone.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import postern
from benchmarks.postern import LOGIN, ME, PASSWORD
from benchmarks.processes import PATIENCE_SECONDS, Server

LOGINS = 1000
PEOPLE = 20
AT_ONCE = 100  # of those who hang up and those who stay
PATIENCE = 120  # seconds that an answer may take before the connection counts as hanging
EVERY_SECONDS = 0.02  # between two questions for me


@dataclass
class Figures:
    """What came back, and how long it took in milliseconds."""

    answers: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)

    def took(self, started: float, answer: str) -> None:
        """Note one."""
        self.answers[answer] += 1
        self.milliseconds.append((time.perf_counter() - started) * 1000)

    def __str__(self) -> str:
        cuts = statistics.quantiles(self.milliseconds, n=100) if len(self.milliseconds) > 1 else self.milliseconds * 99
        told = ", ".join(f"{count} {answer}" for answer, count in self.answers.most_common())
        return f"p50 {cuts[49]:7.1f} ms   p99 {cuts[98]:7.1f} ms   max {max(self.milliseconds):7.1f} ms   {told}"


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    email: str
    token: str


def request(query: str, variables: dict[str, Any] | None = None, token: str = "") -> bytes:
    """What a client sends, to the last byte."""
    body = json.dumps({"query": query, "variables": variables})
    head = "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    return f"{head}Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def post(server: Server, sent: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and data of the answer, over a bare socket: the pool of an HTTP client is slower than Postern."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            writer.write(sent)
            head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        finally:
            writer.close()
    status, *lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), headers, json.loads(body).get("data")


async def noted(figures: Figures, asked: Awaitable[str]) -> None:
    """Note what came back, or what came in its place."""
    started = time.perf_counter()
    try:
        figures.took(started, await asked)
    except TimeoutError:
        figures.took(started, "HANGING")
    except (OSError, LookupError, TypeError, ValueError) as error:
        figures.took(started, f"FAILED ({type(error).__name__})")


async def who(server: Server, person: Person) -> str:
    """Ask for me; an answer that is another's is told as such."""
    _, _, data = await post(server, request(ME, token=person.token))
    return "right" if data["me"]["email"] == person.email else "OF SOMEBODY ELSE"


async def log_in(server: Server, email: str, password: str) -> str:
    """Log in; a refusal has to say when to come back."""
    status, headers, data = await post(server, request(LOGIN, {"input": {"email": email, "password": password}}))
    if status == httpx2.codes.SERVICE_UNAVAILABLE:
        return f"503 with Retry-After {headers.get('retry-after', 'MISSING')}"
    return f"{status} {data['login']['__typename']}"


async def asking(server: Server, people: list[Person], figures: Figures, over: asyncio.Event) -> None:
    """Ask for me again and again until it is over."""
    while not over.is_set():
        await noted(figures, who(server, random.choice(people)))  # noqa: S311
        await asyncio.sleep(EVERY_SECONDS)


async def measured(server: Server, people: list[Person], seconds: float) -> Figures:
    """How me is answered while nothing else happens."""
    figures, over = Figures(), asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)
    await asking(server, people, figures, over)
    return figures


async def stormed(server: Server, people: list[Person], count: int) -> tuple[Figures, Figures]:
    """How me and the logins are answered while all log in at once."""
    me, logins, over = Figures(), Figures(), asyncio.Event()
    asker = asyncio.create_task(asking(server, people, me, over))
    passwords = [PASSWORD, "a guess at the gate"]
    await asyncio.gather(
        *(noted(logins, log_in(server, people[n % PEOPLE].email, passwords[n % 2])) for n in range(count))
    )
    over.set()
    await asker
    return me, logins


async def deserted(server: Server, people: list[Person], count: int) -> Figures:
    """How me is answered to those who stay while as many others hang up in the middle."""
    figures = Figures()
    gate = asyncio.Semaphore(AT_ONCE)

    async def leave(person: Person) -> None:
        whole = request(ME, token=person.token)
        async with gate:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(whole[: random.randrange(len(whole) + 1)] if random.getrandbits(1) else whole)  # noqa: S311
            await asyncio.sleep(random.uniform(0, 0.02))  # noqa: S311
            writer.transport.abort()

    async def stay(person: Person) -> None:
        async with gate:
            await noted(figures, who(server, person))

    await asyncio.gather(*(leave(people[n % PEOPLE]) if n % 2 else stay(people[n % PEOPLE]) for n in range(count)))
    return figures


def signed_in(folder: Path, server: Server) -> list[Person]:
    """New accounts, and their first logins."""
    emails = [f"n{number}.{time.time_ns()}@example.com" for number in range(PEOPLE)]
    postern.register(folder, server, emails)
    with httpx2.Client(base_url=server.url) as http:
        return [Person(email, postern.log_in(http, email)) for email in emails]


async def back_to(server: Server, files: int) -> int:
    """How many files the server still holds when it has come to rest."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.open_files() > files and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return server.open_files()


async def bench(name: str, logins: int, **environment: str) -> None:
    """Print the figures for one database."""
    with tempfile.TemporaryDirectory() as made, postern.serving(folder := Path(made), **environment) as server:
        people = signed_in(folder, server)
        before = await measured(server, people, seconds=3)
        at_rest, files = server.status("VmRSS") // 1024, server.open_files()
        started = time.perf_counter()
        during, answered = await stormed(server, people, logins)
        seconds = time.perf_counter() - started
        print(f"\n{name}: {logins} logins at once, over after {seconds:.1f} s")
        print(f"  me before   {before}")
        print(f"  me during   {during}")
        print(f"  logins      {answered}")
        peak = server.status("VmHWM") // 1024
        print(f"  memory      {at_rest} MiB before, {peak} MiB at most; {server.status('Threads')} threads")
        print(f"  me among {logins} requests of which half hang up\n              "
              f"{await deserted(server, people, logins)}")  # fmt: skip
        print(f"  open files  {files} before, {await back_to(server, files)} after")
        print(f"  me after    {await measured(server, people, seconds=1)}")


async def main() -> None:
    """Run them all."""
    logins = int(sys.argv[1]) if len(sys.argv) > 1 else LOGINS
    await bench("SQLite", logins)
    if url := os.environ.get("DATABASE_URL"):
        await bench("PostgreSQL", logins, DATABASE_URL=url)


if __name__ == "__main__":
    asyncio.run(main())
