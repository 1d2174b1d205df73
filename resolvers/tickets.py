"""Tickets: what something has between its steps, and one operation alone accepts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.expressions import F
from uuid_utils.compat import uuid7

from errors import ExpiredToken, InvalidToken
from models import Device, LoginMethod, LoginTicket, Session, TicketKind, User
from resolvers.services import Services
from security import mailed_codes, tokens
from security.ceremonies import CEREMONY_ENDED, CEREMONY_EXPIRED

LIFETIME = timedelta(minutes=10)
MOST_ATTEMPTS = 5
LOGIN_ENDED, LOGIN_EXPIRED = "refusal.login_ended", "refusal.login_expired"
ENDED = {TicketKind.STEP_UP: CEREMONY_ENDED}  # and for a login as above
EXPIRED = {TicketKind.STEP_UP: CEREMONY_EXPIRED}


@dataclass(frozen=True)
class Ticket:
    """A ticket as its holder has it, and until when it is good (UTC)."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class WithCode:
    """A ticket, and for the letter its id and its code."""

    ticket: Ticket
    id: UUID
    code: str = field(repr=False)


async def write(user: User, methods: Sequence[LoginMethod], device: Device | None, challenge: bytes | None) -> Ticket:
    """A new ticket for a second factor, in the transaction that is open.

    `user` is as it was before the methods were checked. `challenge` is what a passkey has to answer, None where none
    will do.
    """
    still_known = device and await Device.select_for_update().get_or_none(id=device.id)
    return await _write(
        kind=TicketKind.SECOND_FACTOR,
        user=user,
        device=still_known,
        methods=methods,
        challenge=challenge,
        credentials_version=user.credentials_version,
    )


async def write_for_code(services: Services, session: Session | None = None) -> WithCode:
    """A new ticket for a mailed code, in the transaction that is open: for a login, or for the session that is given.

    A login's belongs to nobody yet: that is found out when its letter is due.
    """
    ticket_id, code = uuid7(), mailed_codes.new_code()
    whose: dict[str, Any] = {"kind": TicketKind.MAILED_CODE}
    if session:
        version = session.user.credentials_version
        whose = {"kind": TicketKind.STEP_UP, "session": session, "user": session.user, "credentials_version": version}
    digest = services.mailed_codes.digest(ticket_id, code)
    return WithCode(await _write(**whose, id=ticket_id, code_digest=digest, methods=[]), ticket_id, code)


async def _write(**columns: Any) -> Ticket:
    token, now = tokens.new_link_token(), datetime.now(UTC)
    await LoginTicket.create(**columns, token_digest=tokens.digest(token), created_at=now, expires_at=now + LIFETIME)
    return Ticket(token, now + LIFETIME)


async def look(kind: TicketKind, token: str) -> LoginTicket:
    """The ticket of a token, with its user and device.

    Raises ExpiredToken, InvalidToken where it is none, is used up, or the account has changed since.
    """
    known = LoginTicket.get_or_none(token_digest=tokens.digest(token), kind=kind)
    ticket = await known.select_related("user", "device")
    if ticket is None:
        raise _ended(kind)
    if ticket.expires_at <= datetime.now(UTC):  # before what its account has done, which is not a stranger's to know
        raise ExpiredToken(EXPIRED.get(kind, LOGIN_EXPIRED))
    if ticket.attempts >= MOST_ATTEMPTS or (
        ticket.user and ticket.credentials_version != ticket.user.credentials_version
    ):
        raise _ended(kind)
    return ticket


async def count(ticket: LoginTicket) -> None:
    """Counts a proof before it is looked at. Raises InvalidToken where it is one too many."""
    tried = LoginTicket.filter(id=ticket.id, attempts__lt=MOST_ATTEMPTS)
    if not await tried.update(attempts=F("attempts") + 1):
        raise _ended(ticket.kind)


async def use(ticket: LoginTicket) -> None:
    """Takes the ticket away, in the transaction that is open. Raises InvalidToken where somebody else was first."""
    if not await LoginTicket.filter(id=ticket.id).delete():
        raise _ended(ticket.kind)


def _ended(kind: TicketKind) -> InvalidToken:
    return InvalidToken(ENDED.get(kind, LOGIN_ENDED))
