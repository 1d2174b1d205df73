"""How much of its connections a process uses."""

from typing import Any, NamedTuple

from tortoise.context import require_context


class Usage(NamedTuple):
    """Connections of this process: those that something runs on, those that wait for it, and how many it may open."""

    busy: int
    idle: int
    most: int


def usage() -> Usage:
    """What the open database uses now."""
    client: Any = require_context().db()
    return Usage(*client.usage())
