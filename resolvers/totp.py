"""Authenticator apps: set up, confirmed by a code, and taken away."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import segno

import events
from database import transaction
from errors import ExpiredToken, InvalidProof, NotFound
from mail import letters
from models import LoginMethod, RecoveryCode, TotpSecret
from resolvers import factors, proofs, recovery, stepup
from resolvers.caller import Caller
from resolvers.services import Services
from security import totp

PENDING_LIFETIME = timedelta(minutes=30)  # somebody may have to install an app first
SETUP_EXPIRED = "refusal.setup_expired"
QR_SCALE = 4  # pixels of a module


@dataclass(frozen=True)
class Started:
    """A secret that waits for its first code: in base32, as an `otpauth:` address, and as an SVG in a `data:` one."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    qr_code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class Confirmed:
    """The codes that come with the first factor, None where there were some; and how many sessions were closed."""

    recovery_codes: list[str] | None = field(repr=False)
    closed: int


async def start(caller: Caller, services: Services) -> Started:
    """A new secret, which counts for nothing until a code has confirmed it.

    Raises StepUpNeeded.
    """
    session, user, secret, now = caller.signed_in, caller.signed_in.user, totp.new_secret(), datetime.now(UTC)
    row = TotpSecret(user=user, session_id=session.id, created_at=now, pending_until=now + PENDING_LIFETIME)
    row.sealed_secret = services.totp_seal.seal(secret, *factors.belongs_to(row))
    async with transaction():
        await stepup.require_lately(caller, services)
        await TotpSecret.filter(user=user, confirmed_at=None).delete()
        await row.save()
    return _started(caller, services, secret, now + PENDING_LIFETIME)


async def look(caller: Caller, services: Services) -> Started:
    """The secret that waits, as `start` gave it, for who has to see it once more: to the session that has begun alone.

    Another one may be that of somebody who knows the password, and would know the second factor by this. Raises
    ExpiredToken where none waits for this session, StepUpNeeded.
    """
    async with transaction():
        pending = await _pending(caller, services)
    if pending.session_id != caller.signed_in.id:
        raise ExpiredToken(SETUP_EXPIRED)
    assert pending.pending_until  # noqa: S101 - of every one that waits
    return _started(caller, services, factors.opened(services, pending), pending.pending_until)


def _started(caller: Caller, services: Services, secret: bytes, expires_at: datetime) -> Started:
    uri = totp.address(secret, services.settings.totp_issuer, caller.signed_in.user.canonical_email)
    qr_code = segno.make_qr(uri).svg_data_uri(scale=QR_SCALE, light="white")
    return Started(totp.in_base32(secret), uri, qr_code, expires_at)


async def confirm(caller: Caller, services: Services, code: str) -> Confirmed:
    """Has logins ask for the app's codes, in place of another app's; every other session is closed, the owner told.

    Raises ExpiredToken, InvalidProof, StepUpNeeded, TooManyAttempts.
    """
    session, user = caller.signed_in, caller.signed_in.user
    async with transaction():  # before an attempt is counted: there may be nothing to guess at
        await _pending(caller, services)
    await proofs.throttle(services, user)
    async with transaction():
        pending = await _pending(caller, services)
        step = totp.step_of(factors.opened(services, pending), code, time.time())
        if step is None:
            raise InvalidProof
        now = datetime.now(UTC)
        await TotpSecret.filter(user=user).exclude(id=pending.id).delete()
        await TotpSecret.filter(id=pending.id).update(confirmed_at=now, pending_until=None, last_step=step)
        await proofs.forgive(user)
        codes = None if await RecoveryCode.filter(user=user).exists() else await recovery.new_set(user)
        closed = await factors.changed(user, session)
        await stepup.proven(session, LoginMethod.TOTP)  # by this very code
        await services.outbox.post(letters.TotpConfirmed(**letters.reader(user)), user)
        happened = events.TotpConfirmed(user_id=user.id, session_id=session.id, closed=closed)
        await events.record(happened, caller)
    await services.throttle.forgive(proofs.LIMIT, str(user.id))
    return Confirmed(codes, closed)


async def _pending(caller: Caller, services: Services) -> TotpSecret:
    await stepup.require_lately(caller, services)
    pending = await TotpSecret.get_or_none(user=caller.signed_in.user, pending_until__gt=datetime.now(UTC))
    if pending is None:
        raise ExpiredToken(SETUP_EXPIRED)
    return pending


async def remove(caller: Caller, services: Services) -> bool:
    """Has logins ask for no code any more; gives back whether the account has another second factor.

    Every other session is closed, the owner told. Without a second factor there are no recovery codes either.
    Raises NotFound, StepUpNeeded.
    """
    session, user = caller.signed_in, caller.signed_in.user
    async with transaction():
        await stepup.require_lately(caller, services)
        if not await TotpSecret.filter(user=user, confirmed_at__isnull=False).delete():
            raise NotFound
        left = await factors.required(user.id)
        if not left:
            await RecoveryCode.filter(user=user).delete()
        closed = await factors.changed(user, session)
        await services.outbox.post(letters.TotpRemoved(**letters.reader(user)), user)
        happened = events.TotpRemoved(user_id=user.id, session_id=session.id, closed=closed)
        await events.record(happened, caller)
    return left
