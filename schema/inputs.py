"""What inputs share."""

import strawberry

ASKED_AGAIN = "Asked again: a session may be left open somewhere. Only an account that has none may leave it out."


def sent(value: str | None) -> str | None:
    """What was sent; None where nothing was."""
    return None if value is strawberry.UNSET else value
