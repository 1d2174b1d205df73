"""Rows of what has happened."""

from datetime import UTC, datetime
from typing import Protocol

import correlation
from events.event import Event
from models import AuditEvent, Session

IDS = {"user_id": "subject_id", "session_id": "session_id"}  # fields that have a column of their own
LONGEST_USER_AGENT = 255


class Origin(Protocol):
    """Who asked for it, and from where."""

    @property
    def ip_address(self) -> str | None:
        """The address that the request came from."""

    @property
    def user_agent(self) -> str | None:
        """What its program calls itself."""

    @property
    def session(self) -> Session | None:
        """The session of who is signed in."""


def row_of(event: Event, origin: Origin | None) -> AuditEvent:
    """The row that keeps it, not written yet; `origin` is None for what no request has caused."""
    facts = event.facts()
    asker = origin.session if origin else None
    actor_id = facts.pop("by_user_id", None) or (asker and asker.user_id)
    return AuditEvent(
        at=datetime.now(UTC),
        event=event.name,
        actor_id=actor_id,
        **{column: facts.pop(field, None) for field, column in IDS.items()},
        ip_address=origin and origin.ip_address,
        user_agent=origin and origin.user_agent and origin.user_agent[:LONGEST_USER_AGENT],
        request_id=correlation.request.get().get("request_id"),
        details=facts,
    )
