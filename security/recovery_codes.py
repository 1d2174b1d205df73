"""Codes that people print and put away: in Crockford's base32, which is hard to misread."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # https://www.crockford.com/base32.html
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None})
CHARACTERS, GROUP = 24, 4  # 120 bits (ASVS 5.0 6.5.2: a plain digest is enough from 112 on)


def new_code() -> str:
    """120 random bits, in six groups."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS))
    return "-".join(code[start : start + GROUP] for start in range(0, CHARACTERS, GROUP))


def normal(typed: str) -> str:
    """The one form of a code, however it was typed."""
    return "".join(typed.split()).upper().translate(MISREAD)
