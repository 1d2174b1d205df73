"""What is told of a fault: a row of the table in docs/reliability.md."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import anyio
import pytest

import database
from models import Letter, User
from tests.chaos.people import GUEST, People
from tests.support.outbox import done_with
from tests.support.postern import Postern

FAULT = "fault"
KIND = "confirm_email"
IN_HAND_SECONDS = 3  # until a letter that a server has in its hands is delivered, where nothing keeps it


@dataclass(frozen=True)
class Fault:
    """What clients saw, the longest that one waited, after how long it was over, and what was there then."""

    name: str
    seen: str
    slowest: float
    recovered: float | None
    kept: str


@dataclass(frozen=True)
class Told:
    """Where a test tells its rows: pytest brings them to who prints the table, from other processes too."""

    request: pytest.FixtureRequest

    def tell(self, name: str, people: People, recovered: float | None, kept: str) -> None:
        """Add a row."""
        fault = Fault(name, listed(people.answers), people.slowest, recovered, kept)
        self.request.node.user_properties.append((FAULT, asdict(fault)))


def listed(answers: Counter[str]) -> str:
    """How often each was seen."""
    return ", ".join(f"{count:,} × {what}" for what, count in sorted(answers.items()))


async def nothing_is_lost(server: Postern, database_url: str, people: People, *, refused: int = 0) -> str:
    """Who was answered has account and letter, nobody has one of them alone, and what came twice is the same letter.

    But for so many that the mail server has `refused` for good. Leases and back-offs are over at once. Gives back how
    many of each, in words.
    """
    async with database.opened(database_url, 1):
        with anyio.move_on_after(IN_HAND_SECONDS):
            await done_with(KIND)
        await Letter.filter(due_at__isnull=False).update(due_at=datetime.now(UTC))
        await server.register("bell@example.com")  # which wakes the worker
        await done_with(KIND)
        guests = User.filter(canonical_email__startswith=GUEST)
        users = set(await guests.values_list("canonical_email", flat=True))
        died = set(await Letter.filter(died_at__isnull=False).values_list("user__canonical_email", flat=True))
    arrived = [(letter["To"], letter["Message-ID"]) for letter in server.post.letters if letter["To"].startswith(GUEST)]
    assert set(people.registered) <= users, "answered, and not there"
    assert len(died) == refused
    assert users - died == {to for to, _ in arrived}, "an account without its email, or an email without its account"
    assert len(set(arrived)) == len(users - died), "somebody has got two different emails"
    twice, gone = len(arrived) - len(set(arrived)), f", {refused} refused for good" if refused else ""
    return f"{len(users):,} accounts, {len(set(arrived)):,} emails, {twice} of them twice{gone}"
