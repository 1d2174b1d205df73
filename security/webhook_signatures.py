"""Signatures of what webhooks are told, as Standard Webhooks has them."""

import base64
import hmac
import secrets
from collections.abc import Iterable

SECRET_BYTES = 32  # Standard Webhooks: 24 to 64
PREFIX = "whsec_"


def new_secret() -> bytes:
    """What to sign with."""
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """A secret as whoever checks signatures is given it."""
    return PREFIX + base64.b64encode(secret).decode()


def headers(keys: Iterable[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """What a request is signed with, by each of the keys; `timestamp` in seconds since 1970."""
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    signatures = [base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
