"""Ceremonies: what is begun for a browser or an app, and good for one answer (WebAuthn L3 §13.4.3).

Nothing is stored for it.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import jwt
from jwt.utils import base64url_decode, base64url_encode

from errors import ExpiredToken, InvalidToken
from security.keys import SecretKey
from security.own_tokens import LEEWAY, UNREADABLE, OwnTokens
from settings import ServerSettings

LIFETIME = timedelta(minutes=10)
CHALLENGE_BYTES = 64  # WebAuthn L3 §13.4.3: 16 at the least
BOUND = ("sid", "provider")  # the claims that say whose it is
CEREMONY_ENDED, CEREMONY_EXPIRED = "refusal.ceremony_ended", "refusal.ceremony_expired"


class Purpose(StrEnum):
    """What a ceremony is for: its token is worth nothing for another."""

    PASSKEY_REGISTRATION = "passkey-registration"
    PASSKEY_LOGIN = "passkey-login"
    PASSKEY_STEP_UP = "passkey-step-up"
    ID_TOKEN_LOGIN = "id-token-login"  # noqa: S105


@dataclass(frozen=True)
class Ceremony:
    """One that was begun: the random bytes that its answer has to name, its token, until when it is accepted (UTC)."""

    purpose: Purpose
    challenge: bytes = field(repr=False)
    token: str = field(repr=False)
    expires_at: datetime

    @property
    def forgotten_at(self) -> datetime:
        """From when on nobody takes it any more, whatever the clock (UTC)."""
        return self.expires_at + LEEWAY


class Ceremonies:
    """Those of all purposes, each with a `typ` and an `aud` of its own."""

    def __init__(self, settings: ServerSettings, secret: SecretKey) -> None:
        keys, issuer = secret.derive_all("ceremonies"), settings.public_url
        self._tokens = {
            purpose: OwnTokens(keys, issuer=issuer, path=purpose, kind=f"{purpose}+jwt", claims=["jti"])
            for purpose in Purpose
        }

    def begin(self, purpose: Purpose, session_id: UUID | None = None, *, provider: str | None = None) -> Ceremony:
        """A new one, which only the session can finish where there is one, and only an answer of the provider."""
        challenge, now = new_challenge(), datetime.now(UTC).replace(microsecond=0)
        token = self._tokens[purpose].issue(
            jti=base64url_encode(challenge).decode(), iat=now, exp=now + LIFETIME, **_bound_to(session_id, provider)
        )
        return Ceremony(purpose, challenge, token, now + LIFETIME)

    def find(
        self, purpose: Purpose, token: str, session_id: UUID | None = None, *, provider: str | None = None
    ) -> Ceremony:
        """The one that a token belongs to.

        Raises ExpiredToken, InvalidToken unless it was begun for this purpose, by this session and for this provider.
        """
        try:
            claims = self._tokens[purpose].verify(token)
            if {name: claims[name] for name in BOUND if name in claims} != _bound_to(session_id, provider):
                raise InvalidToken(CEREMONY_ENDED)
            expires_at = datetime.fromtimestamp(claims["exp"], UTC)
            return Ceremony(purpose, base64url_decode(claims["jti"]), token, expires_at)
        except jwt.ExpiredSignatureError as error:
            raise ExpiredToken(CEREMONY_EXPIRED) from error
        except UNREADABLE as error:
            raise InvalidToken(CEREMONY_ENDED) from error


def new_challenge() -> bytes:
    """Random bytes that an authenticator signs along."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def _bound_to(session_id: UUID | None, provider: str | None) -> dict[str, str]:
    return {name: str(value) for name, value in zip(BOUND, (session_id, provider), strict=True) if value}
