"""Ceremonies: what they begin with, and that they come to an end once."""

from dataclasses import dataclass, field
from datetime import datetime

from tortoise.exceptions import IntegrityError

from errors import InvalidToken
from models import Spent
from security import tokens
from security.ceremonies import CEREMONY_ENDED, Ceremony
from security.passkeys import Options


@dataclass(frozen=True)
class Started:
    """What is sent back with the answer, until when it is accepted (UTC), and for a passkey what a browser is asked."""

    token: str = field(repr=False)
    expires_at: datetime
    options: Options | None = None


async def use(ceremony: Ceremony) -> None:
    """Has the ceremony be good for nothing more, in the transaction that is open.

    Raises InvalidToken where it was used before: the transaction has failed then, and has to end with the refusal.
    """
    digest = tokens.digest(f"{ceremony.purpose}/{ceremony.challenge.hex()}")
    try:
        await Spent.create(digest=digest, expires_at=ceremony.forgotten_at)
    except IntegrityError:
        raise InvalidToken(CEREMONY_ENDED) from None
