"""What an ID token says, if it is to be believed (OpenID Connect Core 1.0 §3.1.3.7)."""

import hmac
from datetime import timedelta
from typing import Any

import jwt

from providers.metadata import Issuer
from providers.provider import NotBelieved, text

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
LEEWAY = timedelta(seconds=60)
LONGEST_TOKEN = 16_384
LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0 §2


async def claims_of(token: object, *, issuer: str, keys: Issuer, client_id: str, nonce: str) -> dict[str, Any]:
    """Its claims: by the issuer that was asked, for us alone, now, and for this attempt.

    Raises NoAnswer where the issuer's keys cannot be had, NotBelieved.
    """
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise NotBelieved("no ID token")
    header = _header(token)
    key = await keys.key(header.get("kid"))
    if key.algorithm_name != header["alg"]:
        raise NotBelieved("an algorithm that is not its key's")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[header["alg"]],
            issuer=issuer,
            audience=client_id,
            leeway=LEEWAY,
            options={
                "require": ["iss", "sub", "aud", "exp", "iat"],
                "enforce_minimum_key_length": True,  # RFC 7518 §3.3: an RSA key that can be broken proves nothing
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise NotBelieved(f"an ID token that is not good: {type(error).__name__}") from None
    _check(claims, client_id, nonce)
    return claims


def _header(token: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise NotBelieved("no ID token") from None
    if header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str | None):
        raise NotBelieved("an ID token with another header")
    return header


def _check(claims: dict[str, Any], client_id: str, nonce: str) -> None:
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(errors="surrogatepass"), nonce.encode()):
        raise NotBelieved("an ID token of another login")
    if claims["aud"] not in (client_id, [client_id]):  # the only one; PyJWT takes it among others
        raise NotBelieved("an ID token for others too")
    if claims.get("azp", client_id) != client_id:
        raise NotBelieved("an ID token for somebody else")
    if text(claims["sub"], LONGEST_SUBJECT) is None:
        raise NotBelieved("an ID token without a subject")
