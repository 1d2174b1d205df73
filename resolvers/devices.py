"""Known devices: strangers who share an account's limit of failed logins do not keep them out.

OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from models import Device, User
from resolvers.caller import Caller
from security import tokens

LIFETIME = timedelta(days=180)  # after the last login
MOST_DEVICES = 20  # of one account; a new one takes the place of the one that was used longest ago


async def find(token: str, canonical_email: str) -> Device | None:
    """The device that a token names, where it is one of the account with this address.

    One look-up by digest, whatever token and address are: neither its work nor its answer tells of accounts.
    """
    device = await Device.get_or_none(token_digest=tokens.digest(token)).select_related("user")
    if device is None or device.expires_at <= datetime.now(UTC) or device.user.canonical_email != canonical_email:
        return None
    return device


async def remember(caller: Caller, user: User, device: Device | None) -> str | None:
    """Keeps the caller's device known, in the transaction that is open; gives back the token where it was not known."""
    if device and await Device.filter(id=device.id, user=user).update(**_seen(caller, datetime.now(UTC))):
        return None
    return await add(caller, user)


async def add(caller: Caller, user: User) -> str:
    """The token of the caller's device, which is known from now on, in the transaction that is open."""
    token, now = tokens.new_link_token(), datetime.now(UTC)
    await Device.create(user=user, token_digest=tokens.digest(token), created_at=now, **_seen(caller, now))
    surplus = await Device.filter(user=user).order_by("-last_used_at", "-id").offset(MOST_DEVICES)
    if surplus:
        await Device.filter(id__in=[one.id for one in surplus]).delete()
    return token


async def forget(user: User) -> None:
    """Makes every device of the account an unknown one, in the transaction that is open."""
    await Device.filter(user=user).delete()


def _seen(caller: Caller, now: datetime) -> dict[str, Any]:
    user_agent = caller.user_agent and caller.user_agent[:255]
    return {"user_agent": user_agent, "last_used_at": now, "expires_at": now + LIFETIME}
