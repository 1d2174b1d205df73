"""Proofs of a second factor: counted, looked at, and used up."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from tortoise.expressions import F

import events
from database import transaction
from errors import InvalidProof, Refusal
from mail import letters
from models import LoginMethod, RecoveryCode, TotpSecret, User
from resolvers import assertions, factors
from resolvers.caller import Caller
from resolvers.services import Services
from security import recovery_codes, tokens, totp

LIMIT = "second_factor_per_account"
TOLD_AT = (10, 100)  # failures in a row (ASVS 5.0 6.3.5)


@dataclass(frozen=True)
class Proof:
    """What somebody says that they can prove, of one kind; a passkey's answer is one to the `challenge`."""

    totp_code: str | None = field(default=None, repr=False)
    recovery_code: str | None = field(default=None, repr=False)
    passkey: object = field(default=None, repr=False)
    challenge: bytes | None = field(default=None, repr=False)

    @property
    def factor(self) -> events.Factor:
        """What it is a proof by."""
        if self.passkey is not None:
            return "passkey"
        return "recovery_code" if self.totp_code is None else "totp"


async def throttle(services: Services, user: User) -> None:
    """Counts an attempt of the account, whatever its ticket, address or factor. Raises TooManyAttempts."""
    await services.throttle.attempt(LIMIT, str(user.id))


@asynccontextmanager
async def attempt(caller: Caller, services: Services, user: User, proof: Proof) -> AsyncIterator[None]:
    """Around the transaction in which `prove` is called: counts the failure before, and takes it back after.

    Where it was one, and there were too many in a row, the owner is told.
    """
    failures = await _counted(user.id)
    try:
        yield
    except InvalidProof as refusal:
        await assertions.tell(caller, refusal)
        async with transaction():
            await events.record(events.SecondFactorFailed(user_id=user.id, factor=proof.factor), caller)
            if failures in TOLD_AT:
                stopped = failures >= factors.MOST_FAILURES
                letter = letters.SecondFactorGuessed(**letters.reader(user), stopped=stopped)
                await services.outbox.post(letter, user)
                await events.record(events.SecondFactorGuessed(user_id=user.id, failures=failures), caller)
        raise
    except Refusal:  # the proof was not what was wrong
        await User.filter(id=user.id, factor_failures__gt=0).update(factor_failures=F("factor_failures") - 1)
        raise
    await services.throttle.forgive(LIMIT, str(user.id))


async def prove(caller: Caller, services: Services, user: User, proof: Proof) -> LoginMethod:
    """What was proven, and is used up by this, in the transaction that is open. Raises InvalidProof."""
    if proof.passkey is not None:
        return await _use_passkey(services, user, proof)
    if proof.totp_code is not None:
        await _use_code(services, user, proof.totp_code)
        return LoginMethod.TOTP
    await _use_recovery_code(caller, services, user, proof.recovery_code or "")
    return LoginMethod.RECOVERY_CODE


async def forgive(user: User) -> None:
    """Forgets the failures in a row, in the transaction that is open: what they may have known is worth nothing now."""
    await User.filter(id=user.id).update(factor_failures=0)


async def _counted(user_id: UUID) -> int:
    """The failures in a row, with the one that this may become: each of many at once has its own number."""
    async with transaction():
        user = await User.select_for_update().get_or_none(id=user_id)
        if user is None or not await factors.required(user_id):
            return 0
        await User.filter(id=user_id).update(factor_failures=user.factor_failures + 1)
        return user.factor_failures + 1


async def _use_code(services: Services, user: User, code: str) -> None:
    app = await factors.confirmed(user.id)
    if app is None or await User.filter(id=user.id, factor_failures__gt=factors.MOST_FAILURES).exists():
        raise InvalidProof
    step = totp.step_of(factors.opened(services, app), code, time.time())
    if step is None or not await TotpSecret.filter(id=app.id, last_step__lt=step).update(last_step=step):
        raise InvalidProof
    await forgive(user)


async def _use_passkey(services: Services, user: User, proof: Proof) -> LoginMethod:
    passkey = await assertions.find(proof.passkey)
    if passkey is None or passkey.user_id != user.id or proof.challenge is None:
        raise InvalidProof
    await assertions.use(services, passkey, proof.passkey, proof.challenge, owner_is_known=True)
    await forgive(user)
    return assertions.method_of(passkey)


async def _use_recovery_code(caller: Caller, services: Services, user: User, code: str) -> None:
    digest = tokens.digest(recovery_codes.normal(code))
    if not await RecoveryCode.filter(user=user, code_digest=digest).delete():
        raise InvalidProof
    await forgive(user)
    left = await RecoveryCode.filter(user=user).count()
    await services.outbox.post(letters.RecoveryCodeUsed(**letters.reader(user), left=left), user)
    await events.record(events.RecoveryCodeUsed(user_id=user.id, left=left), caller)
