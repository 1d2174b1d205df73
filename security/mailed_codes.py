"""Codes that letters bring: short enough to type, and so kept as nothing that can be tried out elsewhere."""

import hmac
import re
import secrets
from uuid import UUID

from security.keys import SecretKey

DIGITS = 8


def new_code() -> str:
    """Eight random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def normal(typed: str) -> str:
    """The digits of a code without spaces, empty where it cannot be one."""
    code = "".join(typed.split())
    return code if re.fullmatch(rf"[0-9]{{{DIGITS}}}", code) else ""


class MailedCodes:
    """Turns codes into digests. Without the key nobody finds the code of one, few as the codes are."""

    def __init__(self, secret: SecretKey) -> None:
        self._keys = secret.derive_all("mailed codes")

    def digest(self, ticket_id: UUID, code: str) -> str:
        """The form in which a ticket's code is stored."""
        return _digest(self._keys[0], ticket_id, code)

    def fits(self, ticket_id: UUID, typed: str, digest: str | None) -> bool:
        """Whether it is the ticket's code, however it was typed."""
        code = normal(typed)
        known = [hmac.compare_digest(_digest(key, ticket_id, code), digest or "") for key in self._keys]
        return bool(code) and any(known)


def _digest(key: bytes, ticket_id: UUID, code: str) -> str:
    return hmac.digest(key, f"{ticket_id} {code}".encode(), "sha256").hex()
