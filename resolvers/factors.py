"""Second factors: which an account has, and whether somebody proves one."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import events
from database import find, transaction
from errors import InvalidProof, Refusal
from mail import letters
from models import Device, LoginMethod, RecoveryCode, TotpSecret, User
from resolvers.caller import Caller
from resolvers.services import Services
from resolvers.tickets import Ticket
from security import recovery_codes, tokens, totp

LIMIT = "second_factor_per_account"
TOLD_AT = (10, 100)  # failures in a row (ASVS 5.0 6.3.5)
MOST_FAILURES = 100  # NIST SP 800-63B-4 §3.2.2: a guesser has at most 300 in 1,000,000


class SecondFactorNeeded(Refusal):
    """The first factor was right, and the account has a second. `ticket` is None until one was written.

    Its token is empty where it travels otherwise.
    """

    key = "refusal.second_factor_needed"

    def __init__(self, methods: list[LoginMethod], ticket: Ticket | None = None) -> None:
        super().__init__()
        self.methods = methods
        self.ticket = ticket


@dataclass(frozen=True)
class Proof:
    """What somebody says that they can prove, of one kind."""

    totp_code: str | None = field(default=None, repr=False)
    recovery_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Summary:
    """What protects an account besides its first factor; `totp_since` is when its app was confirmed (UTC)."""

    required: bool
    totp_since: datetime | None
    recovery_codes_left: int
    remembered_devices: int


async def required(user_id: UUID) -> bool:
    """Whether a login asks for a second factor."""
    return await _confirmed(user_id) is not None


async def methods(user_id: UUID) -> list[LoginMethod]:
    """What the account can prove itself with; nothing where it has no second factor."""
    app = await _confirmed(user_id)
    if app is None:
        return []
    totps = [LoginMethod.TOTP] if app.failures < MOST_FAILURES else []
    left = await RecoveryCode.filter(user_id=user_id).exists()
    return [*totps, LoginMethod.RECOVERY_CODE] if left else totps


async def summary(user_id: UUID) -> Summary:
    """What the account's owner is shown."""
    app = await _confirmed(user_id)
    return Summary(
        required=app is not None,
        totp_since=app.confirmed_at if app else None,
        recovery_codes_left=await RecoveryCode.filter(user_id=user_id).count(),
        remembered_devices=await Device.filter(user_id=user_id, remembered_until__gt=datetime.now(UTC)).count(),
    )


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
    except InvalidProof:
        factor: events.Factor = "recovery_code" if proof.totp_code is None else "totp"
        async with transaction():
            await events.record(events.SecondFactorFailed(user_id=user.id, factor=factor), caller)
            if failures in TOLD_AT:
                await services.outbox.post(letters.SecondFactorGuessed(**letters.reader(user)), user)
                await events.record(events.SecondFactorGuessed(user_id=user.id, failures=failures), caller)
        raise
    await services.throttle.forgive(LIMIT, str(user.id))


async def prove(caller: Caller, services: Services, user: User, proof: Proof) -> LoginMethod:
    """What was proven, and is used up by this, in the transaction that is open. Raises InvalidProof."""
    if proof.totp_code is not None:
        await _use_code(services, user, proof.totp_code)
        return LoginMethod.TOTP
    await _use_recovery_code(caller, services, user, proof.recovery_code or "")
    return LoginMethod.RECOVERY_CODE


async def forgive(user: User) -> None:
    """Forgets the failures in a row, in the transaction that is open: what they may have known is worth nothing now."""
    await TotpSecret.filter(user=user).update(failures=0)


def opened(services: Services, secret: TotpSecret) -> bytes:
    """The secret itself."""
    return services.totp_seal.open(secret.sealed_secret, *belongs_to(secret))


def belongs_to(secret: TotpSecret) -> tuple[object, ...]:
    """What the secret is sealed for."""
    return "totp_secrets", secret.id, secret.user_id


async def _confirmed(user_id: UUID) -> TotpSecret | None:
    return await find(TotpSecret, filled="confirmed_at", user_id=user_id)


async def _counted(user_id: UUID) -> int:
    """The failures in a row, with the one that this may become: each of many at once has its own number."""
    async with transaction():
        app = await TotpSecret.select_for_update().get_or_none(user_id=user_id, confirmed_at__isnull=False)
        if app is None:
            return 0
        await TotpSecret.filter(id=app.id).update(failures=app.failures + 1)
        return app.failures + 1


async def _use_code(services: Services, user: User, code: str) -> None:
    app = await _confirmed(user.id)
    if app is None or app.failures > MOST_FAILURES:
        raise InvalidProof
    step = totp.step_of(opened(services, app), code, time.time())
    if step is None or not await TotpSecret.filter(id=app.id, last_step__lt=step).update(last_step=step, failures=0):
        raise InvalidProof


async def _use_recovery_code(caller: Caller, services: Services, user: User, code: str) -> None:
    digest = tokens.digest(recovery_codes.normal(code))
    if not await RecoveryCode.filter(user=user, code_digest=digest).delete():
        raise InvalidProof
    await forgive(user)
    left = await RecoveryCode.filter(user=user).count()
    await services.outbox.post(letters.RecoveryCodeUsed(**letters.reader(user), left=left), user)
    await events.record(events.RecoveryCodeUsed(user_id=user.id, left=left), caller)
