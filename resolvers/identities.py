"""Accounts of other services that open one's own: linked after a login, seen, and taken away."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

import events
from database import transaction
from errors import InvalidToken, NotFound, Refusal
from mail import letters
from models import Identity, Session, User
from providers import Person
from resolvers import provider_logins, stepup
from resolvers.caller import Caller
from resolvers.inputs import canonical_email
from resolvers.services import Services


class IdentityTaken(Refusal):
    """It opens another account already, or this one."""

    key = "refusal.identity_taken"


def kept(provider: str, person: Person) -> dict[str, Any]:
    """What is kept of somebody who came by a service: none of its tokens, since nothing needs one."""
    known = {"issuer": person.issuer, "subject": person.subject, "label": person.label, "vouched": person.vouched}
    return {"provider": provider, **known}


async def of(user_id: UUID) -> list[Identity]:
    """Those of an account, the one linked first, first."""
    return await Identity.filter(user_id=user_id).order_by("id")


async def link(caller: Caller, services: Services, ticket: str) -> Identity:
    """Has the account elsewhere that a ticket stands for open the caller's, who is told by mail.

    The service vouches for its address, and it is the account's own: no other's can be linked by this.
    Raises InvalidToken, ExpiredToken, IdentityTaken, StepUpNeeded.
    """
    session, user = caller.signed_in, caller.signed_in.user
    try:
        async with transaction():
            await stepup.require_lately(caller, services)
            attempt = await provider_logins.use_ticket(ticket)
            person = provider_logins.person_of(attempt)
            if not person.vouched or canonical_email(person.email or "") != user.canonical_email:
                raise InvalidToken
            known = kept(attempt.provider, person)
            identity = await Identity.create(user=user, created_at=datetime.now(UTC), **known)
            name = _name(services, attempt.provider)
            await services.outbox.post(letters.IdentityLinked(**letters.reader(user), provider=name), user)
            linked = events.IdentityLinked(user_id=user.id, session_id=session.id, provider=attempt.provider)
            await events.record(linked, caller)
    except IntegrityError:
        raise IdentityTaken from None
    return identity


async def unlink(caller: Caller, services: Services, identity_id: str) -> int:
    """Has it open nothing any more; gives back how many other sessions were closed. The owner is told by mail.

    Raises NotFound, StepUpNeeded.
    """
    session, user = caller.signed_in, caller.signed_in.user
    try:
        wanted = UUID(identity_id)
    except ValueError:
        raise NotFound from None
    async with transaction():
        await stepup.require_lately(caller, services)
        identity = await Identity.get_or_none(id=wanted, user=user)
        if identity is None or not await Identity.filter(id=identity.id).delete():
            raise NotFound
        # What was begun by it, and waits for a second factor, is worth nothing any more.
        await User.filter(id=user.id).update(credentials_version=F("credentials_version") + 1)
        closed = await Session.filter(user=user).exclude(id=session.id).delete()
        name = _name(services, identity.provider)
        await services.outbox.post(letters.IdentityUnlinked(**letters.reader(user), provider=name), user)
        unlinked = events.IdentityUnlinked(
            user_id=user.id, session_id=session.id, provider=identity.provider, closed=closed
        )
        await events.record(unlinked, caller)
    return closed


def _name(services: Services, provider_id: str) -> str:
    """What people call the service, or what it was called in PROVIDERS when it was there."""
    provider = services.providers.get(provider_id)
    return provider.name if provider else provider_id
