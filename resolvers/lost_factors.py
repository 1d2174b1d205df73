"""Second factors that are taken away from outside: a thief's, and those that their owner has lost."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from tortoise.expressions import F

import events
from database import transaction
from errors import NoAccount, NotFound
from mail import letters
from mail.outbox import Outbox
from models import Passkey, Permission, RecoveryCode, Session, TotpSecret, User
from resolvers import authority, devices, factors, links, proofs
from resolvers.caller import Caller
from resolvers.services import Services

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
        removed = await _take(outbox, user)
        await events.record(events.FactorsRemoved(user_id=user.id, reason="operator", **asdict(removed)))
    return removed


async def reset(caller: Caller, services: Services, user_id: str) -> User:
    """The account of somebody who has lost all second factors and passkeys, which it has no more.

    As above; a letter also brings a link to a new password, for who had nothing else to log in with.
    Raises NotFound, also where there is nothing to take away, NotAllowed, Forbidden, StepUpNeeded.
    """
    async with transaction():
        user = (await authority.over(caller, services, Permission.RESET_SECOND_FACTORS, user_id)).user
        removed = await _take(services.outbox, user)
        await services.outbox.post(letters.RequestPasswordReset(email=user.canonical_email), user)
        happened = events.FactorsRemoved(
            user_id=user.id, reason="administrator", **asdict(removed), by_user_id=caller.signed_in.user.id
        )
        await events.record(happened, caller)
    return user


async def _take(outbox: Outbox, user: User) -> Removed:
    """What of an account that is held still was taken away, with all that rested on it. Raises NotFound."""
    removed = await _removed(user, ALL)
    if not any(asdict(removed).values()):
        raise NotFound
    await User.filter(id=user.id).update(credentials_version=F("credentials_version") + 1)
    await Session.filter(user=user).delete()
    await devices.forget(user)
    await links.void_changes(user)
    await proofs.forgive(user)
    await outbox.post(letters.FactorsRemoved(**letters.reader(user)), user)
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
