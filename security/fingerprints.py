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
        self._keys = secret.derive_all("origins of rotations")

    def of(self, session_id: UUID, user_agent: str | None, block: str) -> list[Fingerprint]:
        """A client of this session by each key, the present one first: in another session it has others."""
        return [
            Fingerprint(
                _digest(key, f"{session_id} agent {user_agent or ''}"), _digest(key, f"{session_id} block {block}")
            )
            for key in self._keys
        ]


def _digest(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:DIGEST_LENGTH]
