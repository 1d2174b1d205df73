"""Our tokens, and all that it takes to make others."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt

from errors import Unauthenticated
from security.keys import KeyRing
from security.tokens import AccessClaims, AccessTokens
from settings import Settings

SOMEBODY = "01a20441-ae30-75ec-a686-96c7321ab988"
ALGORITHMS = ("EdDSA", "ES256", "RS256")


def b64(data: bytes | str | dict[str, Any]) -> str:
    data = json.dumps(data) if isinstance(data, dict) else data
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def unb64(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def in_32_bytes(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in numbers)


class Issuer:
    """Our tokens of one algorithm, and all that it takes to make others."""

    def __init__(self, algorithm: str, folder: Path) -> None:
        self.settings = Settings(_env_file=None, data_dir=folder, token_algorithm=algorithm)
        self.keys = KeyRing(self.settings)
        self.tokens = AccessTokens(self.settings, self.keys)
        self.user, self.session = uuid4(), uuid4()
        self.good, _ = self.tokens.issue(self.user, self.session, methods=["pwd"], authenticated_at=datetime.now(UTC))
        self.parts = self.good.split(".")
        self.header: dict[str, Any] = json.loads(unb64(self.parts[0]))
        self.claims: dict[str, Any] = json.loads(unb64(self.parts[1]))
        self.signature = unb64(self.parts[2])

    def sign(self, text: str, key: Any = None) -> bytes:
        key = key or self.keys.signing_key
        return jwt.get_algorithm_by_name(self.settings.token_algorithm).sign(text.encode(), key)

    def token(self, header: dict[str, Any] | str, claims: dict[str, Any] | str | bytes, key: Any = None) -> str:
        """Whatever is given, with a signature that is right for it."""
        text = f"{b64(header)}.{b64(claims)}"
        return f"{text}.{b64(self.sign(text, key))}"

    def with_signature(self, signature: bytes) -> str:
        return f"{self.parts[0]}.{self.parts[1]}.{b64(signature)}"

    def accepts(self, token: str) -> bool:
        """Whether the verifier takes it; every refusal has to be the one refusal that the edge knows."""
        try:
            return self.tokens.verify(token) == AccessClaims(self.user, self.session, accepted_until=0)
        except Unauthenticated:
            return False
