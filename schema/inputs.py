"""What inputs share."""

from typing import TypeVar

import strawberry

Sent = TypeVar("Sent")

ASKED_AGAIN = "Asked again: a session may be left open somewhere. Only an account that has none may leave it out."


def sent(value: Sent | None) -> Sent | None:
    """What was sent; None where nothing was."""
    return None if value is strawberry.UNSET else value
