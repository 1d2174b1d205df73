"""What a session proves who is there with, when something has asked."""

from collections.abc import Mapping
from datetime import datetime

import events
from database import transaction
from errors import InputErrorCode, InvalidProof, InvalidToken, StepUpMethod, Unacceptable
from mail import letters
from models import LoginMethod, TicketKind
from resolvers import assertions, ceremonies, factors, proofs, sessions, stepup, tickets
from resolvers.caller import Caller
from resolvers.ceremonies import Started
from resolvers.inputs import Inputs
from resolvers.services import Services
from security.ceremonies import CEREMONY_ENDED, Purpose

FACTORS: Mapping[LoginMethod, events.StepUpFactor] = {
    LoginMethod.PASSWORD: "password",
    LoginMethod.MAILED_CODE: "mailed_code",
    LoginMethod.PASSKEY: "passkey",
    LoginMethod.SYNCED_PASSKEY: "passkey",
    LoginMethod.TOTP: "totp",
    LoginMethod.RECOVERY_CODE: "recovery_code",
}
BEGINNINGS = {StepUpMethod.PASSKEY, StepUpMethod.MAILED_CODE}  # what needs one


async def start(caller: Caller, services: Services, method: StepUpMethod) -> Started:
    """What a step up by this method begins with; a mailed code is on its way then.

    Raises InvalidInput where it needs no beginning, or the account cannot prove itself with it; TooManyAttempts.
    """
    session, user = caller.signed_in, caller.signed_in.user
    with Inputs() as inputs, inputs.field("method"):
        if method not in BEGINNINGS or method not in await stepup.methods(services, user):
            raise Unacceptable(InputErrorCode.INVALID, "input.step_up_method")
    if method is StepUpMethod.MAILED_CODE:
        return await _mail_code(caller, services)
    ceremony = services.ceremonies.begin(Purpose.PASSKEY_STEP_UP, session.id)
    options = await assertions.request(services, user, ceremony.challenge)
    return Started(ceremony.token, ceremony.expires_at, options)


async def by_password(caller: Caller, services: Services, password: str) -> datetime:
    """Until when the session may do what matters (UTC): its client knows the account's password.

    Raises InvalidProof where the account has a second factor, InvalidCredentials, TooManyAttempts, Unavailable.
    """
    user = caller.signed_in.user
    if await factors.required(user.id):
        raise InvalidProof
    await stepup.check_password(caller, services, password)
    async with transaction():
        await sessions.lock(caller.signed_in)  # which has no second factor yet: one would have changed the account
        return await _stepped_up(caller, services, LoginMethod.PASSWORD)


async def by_factor(caller: Caller, services: Services, proof: proofs.Proof) -> datetime:
    """The same by a second factor of the account. Raises InvalidProof, InvalidCredentials, TooManyAttempts."""
    user = caller.signed_in.user
    await proofs.throttle(services, user)
    async with proofs.attempt(caller, services, user, proof), transaction():
        return await _proven(caller, services, proof)


async def by_passkey(caller: Caller, services: Services, answer: object, ceremony: str) -> datetime:
    """The same by a passkey's answer to what `start` has asked, once.

    Raises InvalidToken, ExpiredToken, InvalidProof, InvalidCredentials, TooManyAttempts.
    """
    session, user = caller.signed_in, caller.signed_in.user
    begun = services.ceremonies.find(Purpose.PASSKEY_STEP_UP, ceremony, session.id)
    proof = proofs.Proof(passkey=answer, challenge=begun.challenge)
    await proofs.throttle(services, user)
    async with proofs.attempt(caller, services, user, proof), transaction():
        until = await _proven(caller, services, proof)
        await ceremonies.use(begun)
    return until


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
        until = await _stepped_up(caller, services, LoginMethod.MAILED_CODE)
    await services.throttle.forgive("codes_per_session", str(session.id))
    return until


async def _mail_code(caller: Caller, services: Services) -> Started:
    session, user = caller.signed_in, caller.signed_in.user
    await services.throttle.attempt("mail_per_address", caller.block)
    await services.throttle.attempt("codes_per_session", str(session.id))
    async with transaction():
        written = await tickets.write_for_code(services, session)
        letter = letters.StepUpCode(**letters.reader(user), code=written.code, user_agent=caller.user_agent)
        await services.outbox.post(letter, user)
        await events.record(events.StepUpCodeSent(user_id=user.id, session_id=session.id), caller)
    return Started(written.ticket.token, written.ticket.expires_at)


async def _stepped_up(caller: Caller, services: Services, method: LoginMethod) -> datetime:
    session, factor = caller.signed_in, FACTORS[method]
    now = await stepup.proven(session, method)
    await events.record(events.SteppedUp(user_id=session.user.id, session_id=session.id, factor=factor), caller)
    return now + services.settings.step_up_lifetime


async def _proven(caller: Caller, services: Services, proof: proofs.Proof) -> datetime:
    await sessions.lock(caller.signed_in)
    method = await proofs.prove(caller, services, caller.signed_in.user, proof)
    return await _stepped_up(caller, services, method)
