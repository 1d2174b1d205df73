"""Time-based one-time passwords (RFC 6238) as every authenticator app makes them: SHA-1, six digits, 30 seconds."""

import base64
import hmac
import re
import secrets
from datetime import UTC, datetime
from urllib.parse import quote

PERIOD_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226 §4, R6: 160 bits
TOLERANCE = 1  # steps to either side (RFC 6238 §5.2)
CODE = re.compile(rf"[0-9]{{{DIGITS}}}")


def new_secret() -> bytes:
    """160 random bits."""
    return secrets.token_bytes(SECRET_BYTES)


def code_of(secret: bytes, step: int) -> str:
    """The code of a step: that many periods since 1970 (RFC 4226 §5.3)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: bytes, typed: str, seconds: float) -> int | None:
    """The step around a time (seconds since 1970) whose code was typed, with spaces or without; None where of none."""
    code = "".join(typed.split())
    if not CODE.fullmatch(code):
        return None
    present = int(seconds) // PERIOD_SECONDS
    steps = range(present - TOLERANCE, present + TOLERANCE + 1)
    return next((step for step in steps if hmac.compare_digest(code_of(secret, step), code)), None)


def start_of(step: int) -> datetime:
    """The instant at which a step begins (UTC)."""
    return datetime.fromtimestamp(step * PERIOD_SECONDS, UTC)


def in_base32(secret: bytes) -> str:
    """The secret as people type it into an app."""
    return base64.b32encode(secret).decode()


def address(secret: bytes, issuer: str, account: str) -> str:
    """The same as an `otpauth:` address, which apps scan (Google Authenticator, Key Uri Format)."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    return f"otpauth://totp/{label}?secret={in_base32(secret)}&issuer={quote(issuer, safe='')}"
