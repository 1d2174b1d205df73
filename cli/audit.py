"""`postern audit …`: what has happened to accounts."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import click

from cli.arguments import Address
from cli.printing import print_json, print_line
from cli.running import done, known_settings
from resolvers import audit as events
from resolvers import operators

NAME = click.Choice(events.NAMES)
POLL_SECONDS = 1.0
LATE = timedelta(seconds=30)  # that a row may be seen after a younger one: its transaction was longer


@click.group()
def audit() -> None:
    """Read what has happened to accounts."""


@audit.command()
@click.option("--address", type=Address(), help="Of this account alone.")
@click.option("--event", type=NAME, metavar="NAME", help="Of this name alone, as docs/security-log.md has it.")
@click.option(
    "-n", "--lines", type=click.IntRange(0), default=20, show_default=True, help="So many at most, the newest."
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what happens from now on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs: an object on each line.")
def tail(address: str | None, event: str | None, lines: int, *, follow: bool, as_json: bool) -> None:
    """Print the newest events, oldest of them first."""
    done(known_settings(), _told(address, event, lines, follow=follow, as_json=as_json))


async def _told(address: str | None, event: str | None, lines: int, *, follow: bool, as_json: bool) -> None:
    subject = (await operators.find(address)).id if address else None
    seen = await _lately(subject, event) if follow else []  # which are not to come as new ones below
    rows = await events.newest(lines, subject_id=subject, event=event) if lines else []
    while True:
        for row in rows:
            if as_json:
                print_json(row, indent=None)
            else:
                print_line(_line(row))
        if not follow:
            return
        known = {row["id"] for row in (*seen, *rows)}
        await asyncio.sleep(POLL_SECONDS)
        seen = await _lately(subject, event)
        rows = [row for row in seen if row["id"] not in known]


async def _lately(subject: UUID | None, event: str | None) -> Sequence[dict[str, Any]]:
    return await events.newest(10_000, subject_id=subject, event=event, since=datetime.now(UTC) - LATE)


def _line(row: Mapping[str, Any]) -> list[Any]:
    known = {"by": row["actor_id"], "session": row["session_id"], "from": row["ip_address"], **row["details"]}
    return [row["at"], row["event"], row["subject_id"], {name: value for name, value in known.items() if value}]
