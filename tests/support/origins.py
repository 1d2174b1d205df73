"""Watches the events during every test: whatever a request has caused says who has asked for it."""

import pytest

import correlation
import events
from events.rows import Origin

# An account that is gone leaves no address behind; what another service says, and what becomes of the keys that all
# requests share, is nobody's doing.
NOBODYS = (events.AccountDeleted, events.BreachCheckFailed, events.SigningKeyAdded, events.SigningKeyRemoved)


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the events that do not, as they come."""
    nameless: list[str] = []
    record = events.record

    async def recorded(event: events.Event, origin: Origin | None = None) -> None:
        if origin is None and correlation.request.get() and not isinstance(event, NOBODYS):
            nameless.append(event.name)
        await record(event, origin)

    monkeypatch.setattr(events, "record", recorded)
    return nameless
