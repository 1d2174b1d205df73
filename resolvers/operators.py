"""What operators ask of accounts and do to them at the machine's own prompt, where nobody is signed in."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import events
from database import transaction
from errors import NoAccount, NotFound
from mail.outbox import Outbox
from models import Device, Identity, Letter, Passkey, RecoveryCode, Registration, Session, TotpSecret, User
from resolvers import administration, permissions, profile

SESSION = ("id", "methods", "user_agent", "ip_address", "created_at", "last_used_at", "expires_at")


async def find(canonical_email: str) -> User:
    """The account of an address. Raises NoAccount."""
    user = await User.get_or_none(canonical_email=canonical_email)
    if user is None:
        raise NoAccount
    return user


async def look(canonical_email: str) -> dict[str, Any]:
    """What there is to know of an account, without anything secret. Raises NoAccount."""
    user = await find(canonical_email)
    theirs = {"user_id": user.id}
    (roles,) = await permissions.roles_of([user.id])
    return {
        "id": user.id,
        "email": user.canonical_email,
        "name": user.name,
        "locale": user.locale,
        "created_at": user.created_at,
        "email_confirmed_at": user.email_confirmed_at,
        "disabled_at": user.disabled_at,
        "disabled_reason": user.disabled_reason,
        "registrations_waiting": await Registration.filter(**theirs, confirmed_at=None).count(),
        "has_password": bool(user.password_hash),
        "authenticator_apps": await TotpSecret.filter(**theirs, confirmed_at__isnull=False).count(),
        "passkeys": await Passkey.filter(**theirs).count(),
        "recovery_codes": await RecoveryCode.filter(**theirs).count(),
        "identities": await Identity.filter(**theirs).order_by("provider").values_list("provider", flat=True),
        "roles": [role.name for role in roles],
        "devices": await Device.filter(**theirs).count(),
        "letters_waiting": await Letter.filter(**theirs, due_at__isnull=False).count(),
    }


async def sessions(canonical_email: str) -> Sequence[dict[str, Any]]:
    """The sessions of an account that were not closed, oldest first. Raises NoAccount."""
    user = await find(canonical_email)
    return await Session.filter(user_id=user.id).order_by("id").values(*SESSION)


async def confirm(canonical_email: str) -> bool:
    """Confirms an address, and voids what was registered with; whether nobody had done so. Raises NoAccount."""
    async with transaction():
        return await administration.confirm_held(await _held(canonical_email))


async def disable(outbox: Outbox, canonical_email: str, reason: str, *, tell_owner: bool) -> bool:
    """Closes an account; whether it had been open. Raises NoAccount, InvalidInput."""
    reason = administration.known_reason(reason)
    async with transaction():
        return await administration.disable_held(outbox, await _held(canonical_email), reason, tell_owner=tell_owner)


async def enable(canonical_email: str) -> bool:
    """Opens an account again; whether it had been closed. Raises NoAccount."""
    async with transaction():
        return await administration.enable_held(await _held(canonical_email))


async def _held(canonical_email: str) -> User:
    """The account, which stays so until the open transaction ends. Raises NoAccount."""
    user = await User.select_for_update().get_or_none(canonical_email=canonical_email)
    if user is None:
        raise NoAccount
    return user


async def delete(outbox: Outbox, canonical_email: str) -> UUID:
    """Erases an account and all that hangs on it, and gives back its id; a letter tells its owner. Raises NoAccount."""
    async with transaction():
        user = await _held(canonical_email)
        await profile.erase(outbox, user)
    return user.id


async def export(canonical_email: str) -> dict[str, Any]:
    """What is held about the owner of an account, as they would get it themselves. Raises NoAccount."""
    user = await find(canonical_email)
    async with transaction():
        await events.record(events.DataExported(user_id=user.id))
        return await profile.held_about(user)


async def revoke(canonical_email: str, session_id: UUID | None) -> int:
    """Closes one session of an account, or all; gives back how many. Raises NoAccount, NotFound for an unknown one."""
    async with transaction():
        user = await _held(canonical_email)
        if session_id is None:
            return await administration.close_sessions_held(user)
        closed = await Session.filter(user=user, id=session_id).delete()
        if not closed:
            raise NotFound
        await events.record(events.SessionClosed(user_id=user.id, session_id=session_id))
    return closed
