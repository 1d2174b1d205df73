"""What those who look after accounts do to other people's. None of it shows or chooses a secret."""

from datetime import UTC, datetime
from uuid import UUID

from tortoise.expressions import F

import events
from database import transaction
from errors import InputErrorCode, Unacceptable
from mail import letters
from mail.outbox import Outbox
from models import LoginTicket, Permission, Registration, Session, User
from resolvers import authority, devices, links
from resolvers.caller import Caller
from resolvers.inputs import Inputs, line
from resolvers.services import Services

LONGEST_REASON = 500


async def disable(caller: Caller, services: Services, user_id: str, reason: str, *, tell_owner: bool) -> User:
    """The account, which nobody can use from now on: whatever was open is closed. One that is closed stays as it is.

    Raises InvalidInput, NotFound, NotAllowed, Forbidden, StepUpNeeded.
    """
    reason = known_reason(reason)
    async with transaction():
        user = (await authority.over(caller, services, Permission.MANAGE_USERS, user_id)).user
        await disable_held(services.outbox, user, reason, tell_owner=tell_owner, by=caller)
    return user


async def disable_held(outbox: Outbox, user: User, reason: str, *, tell_owner: bool, by: Caller | None = None) -> bool:
    """Closes an account that is held still; whether it had been open. An operator is nobody in `by`, as below."""
    if user.disabled_at:
        return False
    user.disabled_at, user.disabled_reason = datetime.now(UTC), reason
    closed = await _close(user)
    if tell_owner:
        await outbox.post(letters.AccountDisabled(**letters.reader(user)), user)
    await events.record(events.AccountDisabled(user_id=user.id, closed=closed, by_user_id=_id_of(by)), by)
    return True


def _id_of(by: Caller | None) -> UUID | None:
    return by.signed_in.user.id if by else None


def known_reason(typed: str) -> str:
    """A line that says why. Raises InvalidInput."""
    with Inputs() as inputs, inputs.field("reason"):
        if reason := line(typed, LONGEST_REASON):
            return reason
        raise Unacceptable(InputErrorCode.REQUIRED, "input.required")
    raise AssertionError  # leaving the inputs has raised


async def _close(user: User) -> int:
    """Writes that an account is closed, and ends whatever it had opened; gives back how many sessions those were."""
    closing = {"disabled_at": user.disabled_at, "disabled_reason": user.disabled_reason}
    await User.filter(id=user.id).update(**closing, credentials_version=F("credentials_version") + 1)
    await LoginTicket.filter(user=user).delete()
    await links.void_changes(user)
    await devices.forget(user)
    return await Session.filter(user=user).delete()


async def enable(caller: Caller, services: Services, user_id: str) -> User:
    """The account, which its owner can use again. Raises NotFound, NotAllowed, Forbidden, StepUpNeeded."""
    async with transaction():
        user = (await authority.over(caller, services, Permission.MANAGE_USERS, user_id)).user
        await enable_held(user, caller)
    return user


async def enable_held(user: User, by: Caller | None = None) -> bool:
    """Opens an account that is held still; whether it had been closed."""
    if user.disabled_at is None:
        return False
    user.disabled_at = user.disabled_reason = None
    await User.filter(id=user.id).update(disabled_at=None, disabled_reason=None)
    await events.record(events.AccountEnabled(user_id=user.id, by_user_id=_id_of(by)), by)
    return True


async def confirm(caller: Caller, services: Services, user_id: str) -> User:
    """The account, whose owner is taken to read mail at its address.

    Nothing that somebody has registered with outlives that: it has no password until its owner chooses one by a link.
    Raises NotFound, NotAllowed, Forbidden, StepUpNeeded.
    """
    async with transaction():
        user = (await authority.over(caller, services, Permission.MANAGE_USERS, user_id)).user
        await confirm_held(user, caller)
    return user


async def confirm_held(user: User, by: Caller | None = None) -> bool:
    """Confirms the address of an account that is held still; whether it had not been."""
    if user.email_confirmed_at:
        return False
    user.email_confirmed_at = datetime.now(UTC)
    confirming = {"email_confirmed_at": user.email_confirmed_at}
    await User.filter(id=user.id).update(**confirming, credentials_version=F("credentials_version") + 1)
    await Registration.filter(user=user).delete()
    await events.record(events.EmailConfirmed(user_id=user.id, by_user_id=_id_of(by)), by)
    return True


async def send_reset(caller: Caller, services: Services, user_id: str) -> UUID:
    """The id of the letter that brings the owner a link to a new password.

    Raises NotFound, NotAllowed, Forbidden, StepUpNeeded.
    """
    async with transaction():
        user = (await authority.over(caller, services, Permission.MANAGE_USERS, user_id)).user
        letter_id = await services.outbox.post(letters.RequestPasswordReset(email=user.canonical_email), user)
        by = caller.signed_in.user.id
        happened = events.PasswordResetSent(user_id=user.id, letter_id=letter_id, by_user_id=by)
        await events.record(happened, caller)
    return letter_id


async def close_sessions(caller: Caller, services: Services, user_id: str) -> User:
    """The account, which is logged in nowhere any more. Raises NotFound, NotAllowed, Forbidden, StepUpNeeded."""
    async with transaction():
        user = (await authority.over(caller, services, Permission.CLOSE_SESSIONS, user_id)).user
        await close_sessions_held(user, caller)
    return user


async def close_sessions_held(user: User, by: Caller | None = None) -> int:
    """Closes every session of an account that is held still; how many those were."""
    closed = await Session.filter(user=user).delete()
    await events.record(events.AllSessionsClosed(user_id=user.id, closed=closed, by_user_id=_id_of(by)), by)
    return closed
