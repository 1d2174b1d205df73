"""Known devices: strangers who share an account's limit of failed logins do not keep them out.

OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import events
from database import inserting, making_room, transaction, update, with_commit, with_owner
from models import Device, User
from resolvers.caller import Caller
from security import tokens

LIFETIME = timedelta(days=180)  # after the last login
MOST_DEVICES = 20  # of one account; a new one takes the place of the one that was used longest ago


async def find(token: str, canonical_email: str) -> Device | None:
    """The device that a token names, where it is one of the account with this address.

    One look-up by digest, whatever token and address are: neither its work nor its answer tells of accounts.
    """
    if not token:
        return None
    (device,) = await with_owner(Device, "user", [tokens.digest(token)], by="token_digest")
    if device is None or device.expires_at <= datetime.now(UTC) or device.user.canonical_email != canonical_email:
        return None
    return device


@dataclass(frozen=True)
class Kept:
    """A device that is known from now on: its token, None where it keeps the one it has, and whether it was before."""

    token: str | None = field(repr=False)
    was_known: bool


async def keep(caller: Caller, user: User, device: Device | None, remembered_until: datetime | None = None) -> Kept:
    """Keeps the caller's device known, in the transaction that is open.

    Until `remembered_until`, where that is given, it spares the second factor, and has a new token: the one before did
    not, and may have been kept with less care.
    """
    token, seen = None, _seen(caller, datetime.now(UTC))
    if remembered_until:
        token = tokens.new_link_token()
        seen |= {"remembered_until": remembered_until, "token_digest": tokens.digest(token)}
    if device and await update(Device, {"id": device.id, "user_id": user.id}, **seen):
        return Kept(token, was_known=True)
    return Kept(await add(caller, user, remembered_until), was_known=False)


async def add(caller: Caller, user: User, remembered_until: datetime | None = None) -> str:
    """The token of the caller's device, which is known from now on, in the transaction that is open."""
    token, now = tokens.new_link_token(), datetime.now(UTC)
    device = Device(
        user=user,
        token_digest=tokens.digest(token),
        created_at=now,
        remembered_until=remembered_until,
        **_seen(caller, now),
    )
    await with_commit(making_room(Device, MOST_DEVICES, user_id=user.id))
    await with_commit(inserting(device))
    return token


async def spares(user: User, device: Device | None) -> bool:
    """Whether the account's second factor need not be asked for on a device, asked in the transaction that is open."""
    remembered = Device.filter(user=user, remembered_until__gt=datetime.now(UTC))
    return device is not None and await remembered.filter(id=device.id).exists()


async def forget_remembered(caller: Caller) -> int:
    """Has every device of the caller's account ask for the second factor again; gives back how many had not."""
    session, user = caller.signed_in, caller.signed_in.user
    async with transaction():
        remembered = Device.filter(user=user, remembered_until__gt=datetime.now(UTC))
        count = await remembered.update(remembered_until=None)
        happened = events.DevicesForgotten(user_id=user.id, session_id=session.id, count=count)
        await events.record(happened, caller)
    return count


async def forget(user: User) -> None:
    """Makes every device of the account an unknown one, in the transaction that is open."""
    await Device.filter(user=user).delete()


def _seen(caller: Caller, now: datetime) -> dict[str, Any]:
    user_agent = caller.user_agent and caller.user_agent[:255]
    return {"user_agent": user_agent, "last_used_at": now, "expires_at": now + LIFETIME}
