"""What an ID token says, if it is to be believed (OpenID Connect Core 1.0 §3.1.3.7)."""

import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import jwt

from providers.metadata import Issuer
from providers.provider import NoPerson, text

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
TYPE = "JWT"
LEEWAY = timedelta(seconds=60)
LONGEST_TOKEN = 16_384
LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0 §2


async def claims_of(
    token: object, *, issuers: Sequence[str], keys: Issuer, client_ids: Sequence[str], nonces: Sequence[str]
) -> dict[str, Any]:
    """Its claims: by the issuer that was asked, for us alone, now, and for this attempt.

    The issuer and the nonce may each be written in several ways, and our apps have client ids of their own.
    Raises NoPerson; NoAnswer, NotBelieved where the issuer's keys cannot be had.
    """
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise NoPerson("no ID token")
    header = _header(token)
    key = await keys.key(header.get("kid"))
    if key.algorithm_name != header["alg"]:
        raise NoPerson("an algorithm that is not its key's")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[header["alg"]],
            issuer=issuers,
            audience=client_ids,
            leeway=LEEWAY,
            options={
                "require": ["iss", "sub", "aud", "exp", "iat"],
                "enforce_minimum_key_length": True,  # RFC 7518 §3.3: an RSA key that can be broken proves nothing
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise NoPerson(f"an ID token that is not good: {type(error).__name__}") from None
    _check(claims, client_ids, nonces)
    return claims


def _header(token: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise NoPerson("no ID token") from None
    if header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str | None):
        raise NoPerson("an ID token with another header")
    if str(header.get("typ", TYPE)).upper() != TYPE:  # an access token's, or one that ends a session (RFC 8725 §3.11)
        raise NoPerson("a token of another type")
    return header


def _check(claims: dict[str, Any], client_ids: Sequence[str], nonces: Sequence[str]) -> None:
    said = claims.get("nonce")
    read = said.encode(errors="surrogatepass") if isinstance(said, str) else b""
    if not any(hmac.compare_digest(read, nonce.encode()) for nonce in nonces):
        raise NoPerson("an ID token of another login")
    if claims["aud"] not in [*client_ids, *([one] for one in client_ids)]:  # the only one; PyJWT takes it among others
        raise NoPerson("an ID token for others too")
    if claims.get("azp", client_ids[0]) not in client_ids:  # an app of ours, where Google makes it out for our server
        raise NoPerson("an ID token for somebody else")
    if text(claims["sub"], LONGEST_SUBJECT) is None:
        raise NoPerson("an ID token without a subject")
