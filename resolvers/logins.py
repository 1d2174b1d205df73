"""Signing in: each way of identifying somebody is a file of its own, and all of them end here."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import events
from database import transaction
from errors import EmailNotConfirmed, InvalidCredentials
from models import Device, LoginMethod, Session, User
from resolvers import devices, sessions
from resolvers.caller import Caller
from resolvers.services import Services


@dataclass(frozen=True)
class Login:
    """The session that was opened, and the token of its device where that was not known before."""

    session: Session
    device_token: str | None = field(repr=False)


async def complete(
    caller: Caller, services: Services, user: User, methods: Sequence[LoginMethod], device: Device | None
) -> Login:
    """What was opened for somebody who was identified by these methods, as `user` was before they were checked.

    Raises EmailNotConfirmed, InvalidCredentials.
    """
    try:
        async with transaction():
            session = await sessions.open(caller, services, user, methods)
            token = await devices.remember(caller, user, device)
            happened = events.LoggedIn(user_id=user.id, session_id=session.id, known_device=token is None)
            await events.record(happened, caller)
    except (EmailNotConfirmed, InvalidCredentials) as refusal:
        unconfirmed = isinstance(refusal, EmailNotConfirmed)
        reason: events.FailureReason = "email_not_confirmed" if unconfirmed else "account_changed"
        await events.record(events.LoginFailed(user_id=user.id, reason=reason), caller)
        raise
    return Login(session, token)
