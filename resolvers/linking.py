"""Linking an account elsewhere to one's own: from the settings, or after the login of who came by it first."""

from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

import events
from database import transaction
from errors import InvalidToken, Refusal
from mail import letters
from models import Identity, ProviderLogin, Session, User
from providers import Person
from resolvers import factors, identities, provider_logins, stepup
from resolvers.caller import Caller
from resolvers.services import Services
from security.ceremonies import CEREMONY_ENDED


class IdentityTaken(Refusal):
    """It opens another account already, or this one."""

    key = "refusal.identity_taken"


async def start(caller: Caller, services: Services, provider_id: str, *, return_to: str, code_challenge: str) -> str:
    """The address by which the caller's browser leaves for a service, once and within ten minutes.

    Raises InvalidInput, NotFound, StepUpNeeded, TooManyAttempts.
    """
    asked = provider_logins.asked(services, provider_id, return_to, code_challenge)
    await services.throttle.attempt("leaving_per_address", caller.block)
    async with transaction():
        await stepup.require_lately(caller, services)
        return await provider_logins.prepare(services, asked, caller.signed_in)


async def finish(caller: Caller, services: Services, *, code: str, code_verifier: str) -> Identity:
    """Links what the browser came back with, which the caller's session has sent there.

    A foreign link that somebody follows links nothing: its attempt is another session's (RFC 6819 §4.4.1.8).
    Raises InvalidToken, ExpiredToken, IdentityTaken, StepUpNeeded, TooManyAttempts.
    """
    await services.throttle.attempt("login_per_address", caller.block)
    async with transaction():  # first, or the code would be used up by the question
        await stepup.require_lately(caller, services)
    attempt = await provider_logins.use_code(code, code_verifier, caller.signed_in.id)
    try:
        async with transaction():
            await stepup.require_lately(caller, services)
            return await _linked(caller, services, caller.signed_in.user, _kept(attempt), caller.signed_in)
    except IntegrityError:
        raise IdentityTaken from None


async def by_ticket(caller: Caller, services: Services, ticket: str) -> Identity:
    """Links the account elsewhere that a ticket stands for, by which the caller had come before logging in as ever.

    The service vouches for its address, and it is the account's own: no other's can be linked by this.
    Raises InvalidToken, ExpiredToken, IdentityTaken, StepUpNeeded.
    """
    try:
        async with transaction():
            await stepup.require_lately(caller, services)
            known = _kept(await provider_logins.use_ticket(ticket))
            if not await User.filter(id=caller.signed_in.user.id, canonical_email=known["vouched_for"]).exists():
                raise InvalidToken(CEREMONY_ENDED)
            return await _linked(caller, services, caller.signed_in.user, known, caller.signed_in)
    except IntegrityError:
        raise IdentityTaken from None


async def by_address(caller: Caller, services: Services, email: str, provider: str, person: Person) -> User | None:
    """The account of an address that the service vouches for, which it opens from now on: the operator has it so.

    None where it has none any more. Raises IntegrityError where it opens one by now.
    """
    async with transaction():
        user = await User.select_for_update().get_or_none(canonical_email=email)
        if user is None:
            return None
        known = {**identities.kept(provider, person), "last_used_at": datetime.now(UTC)}
        await _linked(caller, services, user, known)
        return await User.get(id=user.id)


def _kept(attempt: ProviderLogin) -> dict[str, Any]:
    return identities.kept(attempt.provider, provider_logins.person_of(attempt))


async def _linked(
    caller: Caller, services: Services, user: User, known: dict[str, Any], session: Session | None = None
) -> Identity:
    """What opens the account from now on, in the transaction that is open.

    Every other session is closed, a change of address that waits is void, and the owner is told by mail.
    """
    identity = await Identity.create(user=user, created_at=datetime.now(UTC), **known)
    closed = await factors.changed(user, session)
    name = services.settings.provider_name(identity.provider)
    await services.outbox.post(letters.IdentityLinked(**letters.reader(user), provider=name), user)
    session_id = session.id if session else None
    linked = events.IdentityLinked(user_id=user.id, session_id=session_id, provider=identity.provider, closed=closed)
    await events.record(linked, caller)
    return identity
