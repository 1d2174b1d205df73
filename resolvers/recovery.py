"""Recovery codes: for who has lost what else there is."""

from datetime import UTC, datetime

from tortoise.expressions import F

import events
from database import transaction
from errors import NotFound
from mail import letters
from models import RecoveryCode, User
from resolvers import factors, links, stepup
from resolvers.caller import Caller
from resolvers.services import Services
from security import recovery_codes, tokens

CODES = 10  # of a set


async def create(caller: Caller, services: Services) -> list[str]:
    """A new set of codes in place of the one before. The owner is told by mail.

    Raises NotFound where the account has no second factor, StepUpNeeded.
    """
    session, user = caller.signed_in, caller.signed_in.user
    async with transaction():
        await stepup.require_lately(caller, services)
        if not await factors.required(user.id):
            raise NotFound
        codes = await new_set(user)
        await User.filter(id=user.id).update(credentials_version=F("credentials_version") + 1)
        await links.void_changes(user)
        await services.outbox.post(letters.RecoveryCodesCreated(**letters.reader(user)), user)
        await events.record(events.RecoveryCodesCreated(user_id=user.id, session_id=session.id), caller)
    return codes


async def new_set(user: User) -> list[str]:
    """Codes in place of those that there are, in the transaction that is open."""
    await RecoveryCode.filter(user=user).delete()
    codes, now = [recovery_codes.new_code() for _ in range(CODES)], datetime.now(UTC)
    digests = [tokens.digest(recovery_codes.normal(code)) for code in codes]
    await RecoveryCode.bulk_create([RecoveryCode(user=user, code_digest=digest, created_at=now) for digest in digests])
    return codes
