"""Where a request came from, kept so that it can be told from another and not read."""

import hashlib
import hmac
from typing import NamedTuple
from uuid import UUID

from security.keys import SecretKey

DIGEST_LENGTH = 16  # hexadecimal: of two clients one in 2⁶⁴ looks like the other, and nobody can search for such a one


class Fingerprint(NamedTuple):
    """One client: the same program has the same agent, the same address block the same block."""

    agent: str
    block: str


class Fingerprints:
    """Turns clients into digests. Without the key nobody finds out of what one was made, few as the addresses are."""

    def __init__(self, secret: SecretKey) -> None:
        self._key = secret.derive("origins of rotations")

    def of(self, session_id: UUID, user_agent: str | None, block: str) -> Fingerprint:
        """A client of this session: in another session the same client has another."""
        return Fingerprint(
            self._digest(session_id, "agent", user_agent or ""), self._digest(session_id, "block", block)
        )

    def _digest(self, session_id: UUID, part: str, value: str) -> str:
        message = f"{session_id} {part} {value}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:DIGEST_LENGTH]
