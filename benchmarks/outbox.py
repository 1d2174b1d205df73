"""How many letters a second leave, by one process and by three? `python -m benchmarks.outbox`.

Fills the outbox of a fresh database on PostgreSQL with the letters of as many registrations, lets servers loose on it,
and counts what arrives at a mail server in a process of its own, which takes every letter at once: each has to come,
and none twice. Of several processes, what counts are the letters from when the last has begun to look for them.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import database
from benchmarks import postern, postgres
from benchmarks.processes import needs_proc, processor_seconds, running, tree, until
from database.worker import POLL_SECONDS
from mail.letters import ConfirmEmail
from mail.outbox import Outbox
from models import Letter, Link, Purpose, Registration, User
from security import tokens
from security.keys import SecretKey
from settings import ROOT, load

WEEK = timedelta(days=7)
SINK = str(ROOT / "benchmarks/sink.py")
LEFT = "SELECT 1 FROM letters WHERE due_at IS NOT NULL LIMIT 1"
REDIS = "redis://127.0.0.1:6379/0"


@dataclass(frozen=True)
class Delivered:
    """Letters a second, and microseconds of processors a letter: Postern's and PostgreSQL's."""

    rate: float
    server: float
    database: float

    def __str__(self) -> str:
        return f"{self.rate:6.0f} letters/s   {self.server:6.0f} µs a letter, and PostgreSQL's {self.database:6.0f} µs"


async def filled(url: str, secret_key: str, count: int) -> None:
    """Write the letters of so many registrations; none is due before `release`."""
    now = datetime.now(UTC)
    outbox = Outbox(SecretKey(load(secret_key=secret_key)).derive_all("letters"))
    times = {"created_at": now, "expires_at": now + WEEK}
    await database.migrate(url)
    async with database.opened(url, 1), database.transaction():
        people = [(f"n{n}@n{n % 100}.example", tokens.new_link_token()) for n in range(count)]
        known = {"password_hash": "-", "locale": "en"}
        await User.bulk_create([User(canonical_email=email, created_at=now, **known) for email, _ in people], 1000)
        ids = dict(await User.all().values_list("canonical_email", "id"))
        registrations = [Registration(user_id=ids[email], **known, **times) for email, _ in people]
        await Registration.bulk_create(registrations, 1000)
        links = [
            Link(
                user_id=ids[email],
                registration_id=registration.id,
                purpose=Purpose.CONFIRM_EMAIL,
                token_digest=tokens.digest(token),
                canonical_email=email,
                **times,
            )
            for registration, (email, token) in zip(registrations, people, strict=True)
        ]
        await Link.bulk_create(links, 1000)
        for email, token in people:
            await outbox.post(ConfirmEmail(to=email, name=None, locale="en", token=token))
        await Letter.all().update(due_at=None)


def delivered(url: str, redis: str, processes: int, count: int) -> Delivered:
    """Have so many processes deliver so many letters. Ends where one is missing, or came twice."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place = stack.enter_context(postgres.fresh(url, f"outbox{processes}"))
        secret_key = secrets.token_hex(32)
        asyncio.run(filled(place.url, secret_key, count))
        place.run("ANALYZE")
        received = folder / "received"
        sink = stack.enter_context(running(folder, [sys.executable, SINK, str(received)], {}, folder / "sink.log"))
        known = {
            "DATABASE_URL": place.url,
            "SECRET_KEY": secret_key,
            "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "LOG_LEVEL": "info",
            "WEB_CONCURRENCY": str(processes),
            **({"REDIS_URL": redis} if processes > 1 else {}),
        }
        server = stack.enter_context(postern.serving(folder, **known))
        backends = until(lambda: found if len(found := place.backends()) >= processes else None)  # all have started
        before = [processor_seconds(tree(server.pid)), processor_seconds(backends)]
        place.run("UPDATE letters SET due_at = now()")
        _arrived(received, count)
        backends |= place.backends()
        used = [processor_seconds(tree(server.pid)) - before[0], processor_seconds(backends) - before[1]]
        until(lambda: not postgres.query(place.url, LEFT) or None)
        came = _lines(received)  # with any that came twice
    check(came, count)
    return Delivered(_rate(came, POLL_SECONDS if processes > 1 else 0), *(seconds * 1e6 / count for seconds in used))


def _arrived(received: Path, count: int) -> None:
    """Come back when so many have come. Raises TimeoutError where a minute brings none."""
    known = 0
    while known < count:
        known = until(lambda: len(found) if len(found := _lines(received)) > known else None)  # noqa: B023 - called here


def _lines(received: Path) -> list[tuple[float, str]]:
    return [(float(at), name) for at, name in map(str.split, received.read_text().splitlines())]


def check(came: list[tuple[float, str]], count: int) -> None:
    """Ends where of so many letters one is missing, or came twice."""
    names = {name for _, name in came}
    if len(names) != count or len(came) != count:
        sys.exit(f"Of {count} letters {len(names)} have come, in {len(came)} deliveries")


def _rate(came: list[tuple[float, str]], settled_after: float) -> float:
    since = came[0][0] + settled_after
    counted = [at for at, _ in came if at >= since]
    return len(counted) / (counted[-1] - since)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser("python -m benchmarks.outbox", description=__doc__)
    parser.add_argument("--processes", nargs="+", type=int, default=[1, 3], help="(default: 1 3)")
    parser.add_argument("--letters", type=int, default=8000, help="(default: 8000)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts (default: 3)")
    parser.add_argument("--postgres", metavar="URL", help="a server where databases may be made (default: a local one)")
    parser.add_argument("--redis", metavar="URL", default=REDIS, help=f"for several processes (default: {REDIS})")
    options = parser.parse_args()
    needs_proc()
    url = postgres.server(options.postgres)
    for processes in options.processes:
        rounds = [delivered(url, options.redis, processes, options.letters) for _ in range(options.rounds)]
        middle = Delivered(*(median(getattr(one, name) for one in rounds) for name in ("rate", "server", "database")))
        rates = ", ".join(f"{one.rate:.0f}" for one in rounds)
        print(f"{processes} process{'es' * (processes > 1)}: {middle}   (rounds: {rates})", flush=True)


if __name__ == "__main__":
    main()
