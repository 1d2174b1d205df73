"""`postern audit …`: what has happened to accounts."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import click

from cli.arguments import Address
from cli.printing import print_json, print_line
from cli.running import done, known_settings
from resolvers import audit as events
from resolvers import operators

POLL_SECONDS = 1.0
LATE = timedelta(seconds=30)  # that a row may be seen after a younger one: its transaction was longer


@click.group()
def audit() -> None:
    """Read what has happened to accounts."""


@audit.command()
@click.option("--address", type=Address(), help="Of this account alone.")
@click.option("--event", help="Of this name alone, as docs/security-log.md has it.")
@click.option("-n", "--lines", default=20, show_default=True, help="So many at most, the newest.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what happens from now on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs: an object on each line.")
def tail(address: str | None, event: str | None, lines: int, *, follow: bool, as_json: bool) -> None:
    """Print the newest events, oldest of them first."""
    done(known_settings(), _told(address, event, lines, follow=follow, as_json=as_json))


async def _told(address: str | None, event: str | None, lines: int, *, follow: bool, as_json: bool) -> None:
    subject = (await operators.find(address)).id if address else None
    seen: set[UUID] = set()
    rows = await events.newest(lines, subject_id=subject, event=event)
    while True:
        for row in (row for row in rows if row["id"] not in seen):
            seen.add(row["id"])
            if as_json:
                print_json(row, indent=None)
            else:
                print_line(_line(row))
        if not follow:
            return
        await asyncio.sleep(POLL_SECONDS)
        since = datetime.now(UTC) - LATE
        rows = await events.newest(10_000, subject_id=subject, event=event, since=since)


def _line(row: Mapping[str, Any]) -> list[Any]:
    known = {"by": row["actor_id"], "session": row["session_id"], "from": row["ip_address"], **row["details"]}
    return [row["at"], row["event"], row["subject_id"], {name: value for name, value in known.items() if value}]
