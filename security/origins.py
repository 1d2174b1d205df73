"""Where a request came from, kept so that it can be told from another and not read."""

import hashlib
import hmac
from typing import NamedTuple
from uuid import UUID

from security.keys import SecretKey

MARK_LENGTH = 16  # hexadecimal: of two clients one in 2⁶⁴ looks like the other, and nobody can search for such a one


class Origin(NamedTuple):
    """The marks of one client: the same program has the same agent, the same address block the same block."""

    agent: str
    block: str


class Origins:
    """Turns clients into marks. Without the key nobody finds out of what one was made, few as the addresses are."""

    def __init__(self, secret: SecretKey) -> None:
        self._key = secret.derive("origins of rotations")

    def of(self, session_id: UUID, user_agent: str | None, block: str) -> Origin:
        """The marks of a client of this session: in another session the same client has others."""
        return Origin(self._mark(session_id, "agent", user_agent or ""), self._mark(session_id, "block", block))

    def _mark(self, session_id: UUID, part: str, value: str) -> str:
        message = f"{session_id} {part} {value}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:MARK_LENGTH]
