"""Step-up: what matters asks who is there, since a session may be left open somewhere."""

from collections.abc import Mapping
from datetime import UTC, datetime

import events
from database import transaction
from errors import (
    InputErrorCode,
    InvalidCredentials,
    InvalidProof,
    StepUpMethod,
    StepUpNeeded,
    Unacceptable,
)
from models import LoginMethod, Passkey, Session, User
from resolvers import assertions, ceremonies, factors, proofs, sessions
from resolvers.caller import Caller
from resolvers.ceremonies import Started
from resolvers.inputs import Inputs
from resolvers.services import Services
from security.ceremonies import Purpose

FACTORS: Mapping[LoginMethod, events.StepUpFactor] = {
    LoginMethod.PASSKEY: "passkey",
    LoginMethod.SYNCED_PASSKEY: "passkey",
    LoginMethod.TOTP: "totp",
    LoginMethod.RECOVERY_CODE: "recovery_code",
}

BEGINNINGS: Mapping[StepUpMethod, Purpose] = {StepUpMethod.PASSKEY: Purpose.PASSKEY_STEP_UP}  # what needs one


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


async def start(caller: Caller, services: Services, method: StepUpMethod) -> Started:
    """What a step up by this method begins with.

    Raises InvalidInput where it needs no beginning, or the account cannot prove itself with it.
    """
    session, user = caller.signed_in, caller.signed_in.user
    with Inputs() as inputs, inputs.field("method"):
        if method not in BEGINNINGS or method not in await _methods(user):
            raise Unacceptable(InputErrorCode.INVALID, "input.step_up_method")
    ceremony = services.ceremonies.begin(BEGINNINGS[method], session.id)
    return Started(ceremony, await assertions.request(services, user, ceremony.challenge))


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


async def _proven(caller: Caller, services: Services, proof: proofs.Proof) -> datetime:
    await sessions.lock(caller.signed_in)
    method = await proofs.prove(caller, services, caller.signed_in.user, proof)
    return await _stepped_up(caller, services, FACTORS[method])


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
    """What the account can prove itself with: where it has a second factor, its password alone is none."""
    if known := await factors.methods(user.id):
        return [StepUpMethod[method.name] for method in known]
    passkeys = [StepUpMethod.PASSKEY] if await Passkey.filter(user=user).exists() else []
    return [StepUpMethod.PASSWORD, *passkeys] if user.password_hash else passkeys
