"""Tickets: what a login has between its steps, and `completeLogin` alone accepts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tortoise.expressions import F

from errors import ExpiredToken, InvalidToken
from models import Device, LoginMethod, LoginTicket, User
from security import tokens

LIFETIME = timedelta(minutes=10)
MOST_ATTEMPTS = 5
LOGIN_ENDED, LOGIN_EXPIRED = "refusal.login_ended", "refusal.login_expired"


@dataclass(frozen=True)
class Ticket:
    """A ticket as its holder has it, and until when it is good (UTC)."""

    token: str = field(repr=False)
    expires_at: datetime


async def write(user: User, methods: Sequence[LoginMethod], device: Device | None, challenge: bytes | None) -> Ticket:
    """A new ticket, in the transaction that is open; `user` is as it was before the methods were checked.

    `challenge` is what a passkey has to answer, None where none will do.
    """
    token, now = tokens.new_link_token(), datetime.now(UTC)
    still_known = device and await Device.select_for_update().get_or_none(id=device.id)
    await LoginTicket.create(
        user=user,
        device=still_known,
        token_digest=tokens.digest(token),
        methods=methods,
        challenge=challenge,
        credentials_version=user.credentials_version,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return Ticket(token, now + LIFETIME)


async def look(token: str) -> LoginTicket:
    """The ticket of a token, with its user and device.

    Raises ExpiredToken, InvalidToken where it is none, is used up, or the account has changed since.
    """
    ticket = await LoginTicket.get_or_none(token_digest=tokens.digest(token)).select_related("user", "device")
    if ticket is None or ticket.credentials_version != ticket.user.credentials_version:
        raise InvalidToken(LOGIN_ENDED)
    if ticket.attempts >= MOST_ATTEMPTS:
        raise InvalidToken(LOGIN_ENDED)
    if ticket.expires_at <= datetime.now(UTC):
        raise ExpiredToken(LOGIN_EXPIRED)
    return ticket


async def count(ticket: LoginTicket) -> None:
    """Counts a proof before it is looked at. Raises InvalidToken where it is one too many."""
    tried = LoginTicket.filter(id=ticket.id, attempts__lt=MOST_ATTEMPTS)
    if not await tried.update(attempts=F("attempts") + 1):
        raise InvalidToken(LOGIN_ENDED)


async def use(ticket: LoginTicket) -> None:
    """Takes the ticket away, in the transaction that is open. Raises InvalidToken where somebody else was first."""
    if not await LoginTicket.filter(id=ticket.id).delete():
        raise InvalidToken(LOGIN_ENDED)
