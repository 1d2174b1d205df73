"""Tokens that only we read: JSON Web Tokens, signed with HS256 by keys of their own."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import jwt
from jwt.utils import base64url_decode, base64url_encode

PARTS = 3  # header, claims, signature
LONGEST_TOKEN = 8192  # ours have about 500 characters, and 6,600 where an account has a hundred roles
LEEWAY = timedelta(seconds=30)
# What reading garbage raises, PyJWT's own refusals among it.
UNREADABLE = (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError, OverflowError)


class OwnTokens:
    """Those of one `kind`, which is their `typ`; each says `claims`, besides `iss`, `aud`, `iat` and `exp`.

    Where the key is being changed, the present one (the first) signs, and those before it verify.
    """

    def __init__(self, keys: Sequence[bytes], *, issuer: str, path: str, kind: str, claims: Sequence[str]) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = f"{issuer}/{path}"
        self._kind = kind
        self._required = ["exp", "iat", "iss", "aud", *claims]

    def issue(self, **claims: Any) -> str:
        """The token that says this: the same claims give the same token."""
        whole = {"iss": self._issuer, "aud": self._audience, **claims}
        return jwt.encode(whole, self._keys[0], algorithm="HS256", headers={"typ": self._kind})

    def verify(self, token: str) -> dict[str, Any]:
        """What the token says. Raises one of UNREADABLE unless it is one of ours."""
        require_header(token, {"alg", "typ"}, self._kind)
        for key in self._keys:
            with suppress(jwt.InvalidSignatureError):
                return self._decoded_with(key, token)
        raise jwt.InvalidSignatureError("by none of our keys")

    def _decoded_with(self, key: bytes, token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["HS256"],
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY,
            options={"require": self._required, "strict_aud": True},
        )
        return claims


def require_compact(token: str) -> None:
    """Raises DecodeError or ValueError unless it is the three parts of a JWS, each in its one spelling."""
    parts = token.split(".") if len(token) <= LONGEST_TOKEN else []
    # That a token has one spelling is not left to PyJWT: 2.15.1 takes `=` at the end, which 2.15.0 refused.
    if len(parts) != PARTS or any(base64url_encode(base64url_decode(part)).decode() != part for part in parts):
        raise jwt.DecodeError("not a compact JWS")


def require_header(token: str, names: set[str], kind: str) -> dict[str, Any]:
    """The header, which has these names and no others. Raises PyJWTError."""
    require_compact(token)
    header = jwt.get_unverified_header(token)
    # Whatever else a header may name (jku, x5u, jwk, crit …), we never put it there.
    if header.keys() != names or header["typ"] != kind:
        raise jwt.InvalidTokenError(f"not the header of {kind}")
    return header
