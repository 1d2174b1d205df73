"""Access tokens, refresh tokens and the tokens of links."""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import jwt

from errors import ExpiredToken, InvalidToken, Unauthenticated
from security.keys import KeyRing, SecretKey
from security.own_tokens import LEEWAY, UNREADABLE, OwnTokens, require_header
from settings import SessionSettings, TokenSettings

SESSION_EXPIRED = "refusal.session_expired"
SESSION_ENDED = "refusal.session_ended"
ACCESS_TYPE = "at+jwt"  # RFC 9068 §2.1
REFRESH_TYPE = "rt+jwt"
MOST_REMEMBERED = 10_000  # verified access tokens, of some 400 bytes each


class UnknownKey(Unauthenticated):
    """No key of ours has the id that an access token names; nothing else of it was looked at."""


@dataclass(frozen=True)
class RefreshClaims:
    """What a valid refresh token says: its session, and the generation (from 1) of this token in it."""

    session_id: UUID
    generation: int


@dataclass(frozen=True)
class AccessClaims:
    """What a valid access token says: whose it is, in which session, and until when it is accepted."""

    user_id: UUID
    session_id: UUID
    accepted_until: float = field(compare=False)  # seconds since 1970


class AccessTokens:
    """JSON Web Tokens that anyone may verify with the public keys (RFC 9068, RFC 8725)."""

    def __init__(self, settings: TokenSettings, keys: KeyRing) -> None:
        self._keys = keys
        self._issuer = settings.public_url
        self._audience = settings.token_audience
        self._lifetime = settings.access_token_lifetime
        self._verified: dict[bytes, AccessClaims] = {}
        self._verified_by = keys.public_keys

    def issue(
        self,
        user_id: UUID,
        session_id: UUID,
        *,
        methods: list[str],
        authenticated_at: datetime,
        roles: Sequence[str] = (),
    ) -> tuple[str, datetime]:
        """A new token, and the instant from which it is no longer accepted.

        `methods` are RFC 8176's words for how somebody was authenticated; when that was last is told in whole seconds.
        `roles` are names, for other servers (RFC 9068 §2.2.3.1): what they allow here is asked anew each time.
        """
        now = datetime.now(UTC).replace(microsecond=0)
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(user_id),
            "sid": str(session_id),
            "jti": str(uuid4()),
            "amr": methods,
            "auth_time": int(authenticated_at.timestamp()),
            "roles": list(roles),
            "iat": now,
            "exp": now + self._lifetime,
        }
        key = self._keys.signing
        header = {"typ": ACCESS_TYPE, "kid": key.kid}
        token = jwt.encode(claims, key.private, algorithm=self._keys.algorithm, headers=header)
        return token, now + self._lifetime

    def verify(self, token: str) -> AccessClaims:
        """What the token says. Raises Unauthenticated unless every part of it is as we issue it, UnknownKey among them.

        One that was verified is known by its digest until its time is over, or the keys are others: nothing else costs
        as much as a signature.
        """
        if self._verified_by is not self._keys.public_keys:
            self._verified, self._verified_by = {}, self._keys.public_keys
        key = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        claims = self._verified.get(key)
        if claims is None:
            claims = self._verified[key] = self._checked(token)
            if len(self._verified) > MOST_REMEMBERED:
                del self._verified[next(iter(self._verified))]
        if claims.accepted_until <= time.time():
            raise Unauthenticated
        return claims

    def _checked(self, token: str) -> AccessClaims:
        try:
            claims = self._decoded(token)
            accepted_until = int(claims["exp"]) + LEEWAY.total_seconds()
            return AccessClaims(UUID(claims["sub"]), UUID(claims["sid"]), accepted_until)
        except UNREADABLE as error:
            raise Unauthenticated from error

    def _decoded(self, token: str) -> dict[str, Any]:
        header = require_header(token, {"alg", "typ", "kid"}, ACCESS_TYPE)
        if header["kid"] not in self._keys.public_keys:
            raise UnknownKey
        claims: dict[str, Any] = jwt.decode(
            token,
            self._keys.public_keys[header["kid"]],
            algorithms=[self._keys.algorithm],
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "jti", "sid"], "strict_aud": True},
        )
        return claims


class RefreshTokens:
    """Signed, generation-numbered tokens: only the secret key makes one, and the same one every time."""

    def __init__(self, settings: SessionSettings, secret: SecretKey) -> None:
        self._tokens = OwnTokens(
            secret.derive_all("refresh tokens"),
            issuer=settings.public_url,
            path="refresh",
            kind=REFRESH_TYPE,
            claims=["sid", "gen"],
        )
        self._idle_lifetime = settings.session_idle_lifetime

    def issue(self, session_id: UUID, generation: int, issued_at: datetime, session_expires_at: datetime) -> str:
        """The refresh token of one generation of a session: the same arguments give the same token."""
        expires_at = min(issued_at + self._idle_lifetime, session_expires_at)
        return self._tokens.issue(sid=str(session_id), gen=generation, iat=issued_at, exp=expires_at)

    def verify(self, token: str) -> RefreshClaims:
        """What the token says. Raises InvalidToken unless it is one of ours, ExpiredToken where its time is over."""
        try:
            claims = self._tokens.verify(token)
            return RefreshClaims(session_id=UUID(claims["sid"]), generation=int(claims["gen"]))
        except jwt.ExpiredSignatureError as error:
            raise ExpiredToken(SESSION_EXPIRED) from error
        except UNREADABLE as error:
            raise InvalidToken(SESSION_ENDED) from error


def new_link_token() -> str:
    """256 random bits, in characters that a link may hold."""
    return secrets.token_urlsafe(32)


def digest(link_token: str) -> str:
    """The form in which a link's token is stored: hexadecimal SHA-256, which 256 random bits need no salt for."""
    return hashlib.sha256(link_token.encode(errors="surrogatepass")).hexdigest()
