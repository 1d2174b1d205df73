"""Signing in with a code that a letter brings."""

import events
from database import transaction
from errors import EmailNotConfirmed, InvalidCredentials, InvalidProof, InvalidToken
from mail import letters
from models import Device, LoginMethod, LoginTicket, TicketKind
from resolvers import devices, factors, logins, tickets
from resolvers.caller import Caller
from resolvers.inputs import Inputs, canonical_email
from resolvers.logins import Login
from resolvers.services import Services
from resolvers.tickets import Ticket
from security import mailed_codes


async def request(caller: Caller, services: Services, email: str, device_token: str = "") -> tuple[str, Ticket]:
    """Asks for a letter with a code; gives back the canonical address, and the ticket that the code is good with.

    The work is the same for every address: whether it has an account is found out when the letter is due.
    A device that the account knows has a limit of its own: strangers who ask do not keep its owner out.
    Raises InvalidInput, TooManyAttempts.
    """
    await services.throttle.attempt("mail_per_address", caller.block)
    with Inputs() as inputs, inputs.field("email"):
        email = canonical_email(email)
    device = await devices.find(device_token, email)
    await services.throttle.attempt(*_limit(email, device))
    kind = letters.RequestLoginCodeHere if device else letters.RequestLoginCode
    async with transaction():
        written = await tickets.write_for_code(services)
        letter = kind(email=email, ticket_id=str(written.id), code=written.code, user_agent=caller.user_agent)
        letter_id = await services.outbox.post(letter)
        await events.record(events.LoginCodeRequested(letter_id=letter_id), caller)
    return email, written.ticket


def digits(typed: str) -> str:
    """The digits of a code without spaces, empty where it cannot be one."""
    return mailed_codes.normal(typed)


async def look(token: str) -> None:
    """Nothing, where a code can be used with this ticket. Raises InvalidToken, ExpiredToken."""
    await tickets.look(TicketKind.MAILED_CODE, token)


async def login(caller: Caller, services: Services, *, ticket: str, code: str, device_token: str = "") -> Login:
    """What was opened for the holder of a ticket who has its code.

    Raises InvalidProof also where the ticket is none or used up, or its address has no confirmed account;
    ExpiredToken, AccountDisabled, SecondFactorNeeded, TooManyAttempts.
    """
    await services.throttle.attempt("login_per_address", caller.block)
    try:
        known = await tickets.look(TicketKind.MAILED_CODE, ticket)
        await tickets.count(known)
        return await _completed(caller, services, known, code, device_token)
    except (InvalidToken, InvalidCredentials, EmailNotConfirmed):
        raise InvalidProof from None


async def _completed(caller: Caller, services: Services, ticket: LoginTicket, code: str, device_token: str) -> Login:
    user = ticket.user
    if not services.mailed_codes.fits(ticket.id, code, ticket.code_digest) or user is None:
        await events.record(events.LoginFailed(user_id=ticket.user_id, reason="wrong_code"), caller)
        raise InvalidProof
    device = await devices.find(device_token, user.canonical_email)
    limit = _limit(user.canonical_email, device)
    try:
        opened = await logins.complete(caller, services, user, [LoginMethod.MAILED_CODE], device, ticket=ticket)
    except factors.SecondFactorNeeded:
        await services.throttle.forgive(*limit)
        raise
    await services.throttle.forgive(*limit)
    return opened


def _limit(email: str, device: Device | None) -> tuple[str, str]:
    return ("codes_per_device", str(device.id)) if device else ("codes_per_account", email)
