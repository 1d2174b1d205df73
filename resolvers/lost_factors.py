"""Second factors that are taken away from outside: a thief's, and those that their owner has lost."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from tortoise.expressions import F

import events
from database import transaction
from errors import NoAccount, NotFound
from mail import letters
from mail.outbox import Outbox
from models import Passkey, RecoveryCode, Session, TotpSecret, User
from resolvers import devices, factors, links, proofs
from resolvers.caller import Caller

ALL = datetime.fromtimestamp(0, UTC)  # since when there has been none


@dataclass(frozen=True)
class Removed:
    """How many were taken away."""

    apps: int
    passkeys: int
    recovery_codes: int


async def remove_since(caller: Caller, user: User, moment: datetime) -> None:
    """Takes away what was added to an account after a moment, in the transaction that is open."""
    removed = await _removed(user, moment)
    if any(asdict(removed).values()):
        happened = events.FactorsRemoved(user_id=user.id, reason="email_change_undone", **asdict(removed))
        await events.record(happened, caller)


async def remove_all(outbox: Outbox, canonical_email: str) -> Removed:
    """Takes away all of an account, as an operator has it: nothing but its first factor is asked for any more.

    Every session is closed, no device is known, no change of address waits; the owner is told by mail.
    Raises NoAccount, NotFound where there is nothing to take away.
    """
    async with transaction():
        user = await User.select_for_update().get_or_none(canonical_email=canonical_email)
        if user is None:
            raise NoAccount
        removed = await _removed(user, ALL)
        if not any(asdict(removed).values()):
            raise NotFound
        await User.filter(id=user.id).update(credentials_version=F("credentials_version") + 1)
        await Session.filter(user=user).delete()
        await devices.forget(user)
        await links.void_changes(user)
        await proofs.forgive(user)
        await outbox.post(letters.FactorsRemoved(**letters.reader(user)), user)
        await events.record(events.FactorsRemoved(user_id=user.id, reason="operator", **asdict(removed)))
    return removed


async def _removed(user: User, moment: datetime) -> Removed:
    """What of a later moment was taken away; without a second factor there are no recovery codes either."""
    await TotpSecret.filter(user=user, confirmed_at=None).delete()
    apps = await TotpSecret.filter(user=user, confirmed_at__gt=moment).delete()
    passkeys = await Passkey.filter(user=user, created_at__gt=moment).delete()
    codes = await RecoveryCode.filter(user=user, created_at__gt=moment).delete()
    if not await factors.required(user.id):
        codes += await RecoveryCode.filter(user=user).delete()
    return Removed(apps, passkeys, codes)
