"""What the rows of events tell, and their lines in the log."""

import asyncio
from typing import Any

import jwt

from models import AuditEvent
from tests.support.postoffice import PATIENCE_SECONDS
from tests.support.secrecy import Watch


def by(login: dict[str, Any]) -> dict[str, Any]:
    """What the row of an event tells that somebody who is signed in has caused at their own account."""
    claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
    return {"user": claims["sub"], "session": claims["sid"], "by": claims["sub"], "from": "127.0.0.1"}


async def told(event: str) -> dict[str, Any]:
    """What the newest row of an event tells: the ids of whom and by whom, from where, and its details."""
    row = await AuditEvent.filter(event=event).order_by("-id").first()
    assert row, event
    ids = {"user": row.subject_id, "session": row.session_id, "by": row.actor_id, "from": row.ip_address}
    return {name: str(known) for name, known in ids.items() if known} | row.details


async def logged(watch: Watch, event: str) -> dict[str, Any]:
    """The first line of an event, as soon as there is one."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (lines := watch.events(event)):  # noqa: ASYNC110 - a log wakes nobody
            await asyncio.sleep(0.01)
    return lines[0]
