"""Accounts of other services that open one's own: what is kept of them, seen, and taken away."""

from typing import Any
from uuid import UUID

import events
from database import transaction
from errors import NotFound
from mail import letters
from models import Identity, User
from providers import Person
from resolvers import factors, stepup
from resolvers.caller import Caller
from resolvers.inputs import canonical_email
from resolvers.services import Services


def kept(provider: str, person: Person) -> dict[str, Any]:
    """What is kept of somebody who came by a service: none of its tokens, since nothing needs one."""
    vouched_for = canonical_email(person.email) if person.vouched and person.email else None
    known = {"issuer": person.issuer, "subject": person.subject, "label": person.label}
    return {"provider": provider, "vouched_for": vouched_for, **known}


async def of(user_id: UUID) -> list[Identity]:
    """Those of an account, the one linked first, first."""
    return await Identity.filter(user_id=user_id).order_by("id")


async def named(services: Services, user: User) -> str:
    """What people call the services that open an account, for a letter; empty where none does."""
    names = [services.settings.provider_name(identity.provider) for identity in await of(user.id)]
    return ", ".join(dict.fromkeys(names))


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
        closed = await factors.changed(user, session)
        name = services.settings.provider_name(identity.provider)
        await services.outbox.post(letters.IdentityUnlinked(**letters.reader(user), provider=name), user)
        unlinked = events.IdentityUnlinked(
            user_id=user.id, session_id=session.id, provider=identity.provider, closed=closed
        )
        await events.record(unlinked, caller)
    return closed
