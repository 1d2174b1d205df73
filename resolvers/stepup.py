"""Step-up: what matters asks who is there, since a session may be left open somewhere."""

from collections.abc import Mapping
from datetime import UTC, datetime

import events
from database import transaction
from errors import (
    InputErrorCode,
    InvalidCredentials,
    InvalidProof,
    InvalidToken,
    StepUpMethod,
    StepUpNeeded,
    Unacceptable,
)
from mail import letters
from models import LoginMethod, Session, TicketKind, User
from resolvers import factors, sessions, tickets
from resolvers.caller import Caller
from resolvers.inputs import Inputs
from resolvers.services import Services
from resolvers.tickets import Ticket
from security.ceremonies import CEREMONY_ENDED, Ceremony, Purpose

FACTORS: Mapping[LoginMethod, events.StepUpFactor] = {
    LoginMethod.TOTP: "totp",
    LoginMethod.RECOVERY_CODE: "recovery_code",
}
BEGINNINGS = {StepUpMethod.PASSKEY, StepUpMethod.MAILED_CODE}  # what needs one


def until(services: Services, session: Session) -> datetime | None:
    """Until when a session need not ask who is there (UTC), since its client has just said so; None where it has to."""
    ends_at = session.stepped_up_at and session.stepped_up_at + services.settings.step_up_lifetime
    return ends_at if ends_at and ends_at > datetime.now(UTC) else None


async def ask(caller: Caller, services: Services, password: str | None) -> bool:
    """Whether the account's password was given, which an account that has one is always asked for.

    One that has a second factor is asked for that first, unless the session has proven it lately: whoever finds a
    session open does not find out its password by this. Failures count for the session: strangers who fail at logging
    in to the account do not keep its owner from it.
    Raises StepUpNeeded, InvalidCredentials, TooManyAttempts, Unavailable.
    """
    session, user = caller.signed_in, caller.signed_in.user
    if not until(services, session) and await factors.required(user.id):
        raise StepUpNeeded(*await _methods(user))
    if password is None:
        if user.password_hash:
            raise StepUpNeeded(StepUpMethod.PASSWORD)
        return False
    await _check_password(caller, services, password)
    return True


async def require(caller: Caller, services: Services, *, asked: bool = False) -> None:
    """Keeps session and account as they are until the open transaction ends, which is that of what matters.

    The session has to have been stepped up lately, as by a login; where the password was `asked` for and the account
    has no second factor, it need not.
    Raises StepUpNeeded, InvalidCredentials where the session was closed or the account changed meanwhile.
    """
    session, user = await sessions.lock(caller.signed_in), caller.signed_in.user
    if not until(services, session) and (not asked or await factors.required(user.id)):
        raise StepUpNeeded(*await _methods(user))


async def require_lately(caller: Caller, services: Services) -> None:
    """The same for what asks for no password. Raises StepUpNeeded, also where something has changed meanwhile."""
    try:
        await require(caller, services)
    except InvalidCredentials:
        raise StepUpNeeded(*await _methods(caller.signed_in.user)) from None


async def start(caller: Caller, services: Services, method: StepUpMethod) -> Ceremony | Ticket:
    """What a step up by this method begins with; a mailed code is on its way then.

    Raises InvalidInput where it needs no beginning, or the account cannot prove itself with it; TooManyAttempts.
    """
    session, user = caller.signed_in, caller.signed_in.user
    with Inputs() as inputs, inputs.field("method"):
        if method not in BEGINNINGS or method not in await _methods(user):
            raise Unacceptable(InputErrorCode.INVALID, "input.step_up_method")
    if method is StepUpMethod.MAILED_CODE:
        return await _mail_code(caller, services)
    return services.ceremonies.begin(Purpose.PASSKEY_STEP_UP, session.id)


async def by_password(caller: Caller, services: Services, password: str) -> datetime:
    """Until when the session may do what matters (UTC): its client knows the account's password.

    Raises InvalidProof where the account has a second factor, InvalidCredentials, TooManyAttempts, Unavailable.
    """
    user = caller.signed_in.user
    if await factors.required(user.id):
        raise InvalidProof
    await _check_password(caller, services, password)
    async with transaction():
        await sessions.lock(caller.signed_in)  # which has no second factor yet: one would have changed the account
        return await _stepped_up(caller, services, "password")


async def by_factor(caller: Caller, services: Services, proof: factors.Proof) -> datetime:
    """The same by a second factor of the account. Raises InvalidProof, InvalidCredentials, TooManyAttempts."""
    user = caller.signed_in.user
    await factors.throttle(services, user)
    async with factors.attempt(caller, services, user, proof), transaction():
        await sessions.lock(caller.signed_in)
        method = await factors.prove(caller, services, user, proof)
        return await _stepped_up(caller, services, FACTORS[method])


async def by_code(caller: Caller, services: Services, token: str, code: str) -> datetime:
    """The same by the code in a letter, which is used up by this, and what `start` gave for it.

    Raises InvalidProof, InvalidToken, ExpiredToken, InvalidCredentials.
    """
    session, user = caller.signed_in, caller.signed_in.user
    ticket = await tickets.look(TicketKind.STEP_UP, token)
    if ticket.session_id != session.id:
        raise InvalidToken(CEREMONY_ENDED)
    await tickets.count(ticket)
    if not services.mailed_codes.fits(ticket.id, code, ticket.code_digest):
        await events.record(events.StepUpCodeFailed(user_id=user.id), caller)
        raise InvalidProof
    async with transaction():
        await sessions.lock(session)
        await tickets.use(ticket)
        until = await _stepped_up(caller, services, "mailed_code")
    await services.throttle.forgive("codes_per_session", str(session.id))
    return until


async def _mail_code(caller: Caller, services: Services) -> Ticket:
    session, user = caller.signed_in, caller.signed_in.user
    await services.throttle.attempt("mail_per_address", caller.block)
    await services.throttle.attempt("codes_per_session", str(session.id))
    async with transaction():
        written = await tickets.write_for_code(services, session)
        letter = letters.StepUpCode(**letters.reader(user), code=written.code, user_agent=caller.user_agent)
        await services.outbox.post(letter, user)
        await events.record(events.StepUpCodeSent(user_id=user.id, session_id=session.id), caller)
    return written.ticket


async def _check_password(caller: Caller, services: Services, password: str) -> None:
    session, user = caller.signed_in, caller.signed_in.user
    await services.throttle.attempt("password_per_session", str(session.id))
    verdict = await services.passwords.verify(password, user.password_hash)
    if verdict.fits is None:
        await events.record(events.PasswordCheckFailed(user_id=user.id), caller)
        raise InvalidCredentials("refusal.wrong_password")
    await services.throttle.forgive("password_per_session", str(session.id))


async def _stepped_up(caller: Caller, services: Services, factor: events.StepUpFactor) -> datetime:
    session, now = caller.signed_in, datetime.now(UTC)
    await Session.filter(id=session.id).update(stepped_up_at=now)
    await events.record(events.SteppedUp(user_id=session.user.id, session_id=session.id, factor=factor), caller)
    return now + services.settings.step_up_lifetime


async def _methods(user: User) -> list[StepUpMethod]:
    """What the account can prove itself with: where it has a second factor, its password alone is none.

    A code by mail is for who has nothing else: whoever reads the mail may have logged in by it.
    """
    if await factors.required(user.id):
        return [StepUpMethod[method.name] for method in await factors.methods(user.id)]
    return [StepUpMethod.PASSWORD if user.password_hash else StepUpMethod.MAILED_CODE]
