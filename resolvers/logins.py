"""Logging in."""

from dataclasses import dataclass, field

import events
from database import transaction
from errors import EmailNotConfirmed, InvalidCredentials
from models import Device, Session, User
from resolvers import devices, registration, sessions
from resolvers.caller import Caller
from resolvers.inputs import LONGEST_EMAIL, canonical_email
from resolvers.services import Services

WAITING = 1  # of the hashes that a login compares: the account's own, that of a registration which waits


@dataclass(frozen=True)
class Login:
    """The session that was opened, and the token of its device where that was not known before."""

    session: Session
    device_token: str | None = field(repr=False)


async def login(caller: Caller, services: Services, *, email: str, password: str, device_token: str = "") -> Login:
    """What was opened.

    Raises InvalidCredentials, EmailNotConfirmed (only after the password of a registration that waits),
    TooManyAttempts, Unavailable.
    """
    email = _canonical_or_as_typed(email)
    await services.throttle.attempt("login_per_address", caller.block)
    device = await devices.find(device_token, email)
    limit = ("login_per_device", str(device.id)) if device else ("login_per_account", email)
    await services.throttle.attempt(*limit)
    user, new_hash = await _checked(caller, services, email, password)
    # Only what was counted here: not the address, which may try many accounts, nor strangers beside a known device.
    await services.throttle.forgive(*limit)
    return await _open(caller, services, user, new_hash, device)


async def _checked(caller: Caller, services: Services, email: str, password: str) -> tuple[User, str | None]:
    """The account whose password it is, and its new hash where the parameters have moved."""
    user = await User.get_or_none(canonical_email=email)
    waiting = await registration.newest(email)
    # The same work for every address, and the same answer to whoever has registered it.
    verdict = await services.passwords.verify(
        password, user.password_hash if user else None, waiting.password_hash if waiting else None
    )
    if user is None or verdict.fits is None:
        reason: events.FailureReason = "wrong_password" if user else "unknown_address"
        await events.record(events.LoginFailed(user_id=user.id if user else None, reason=reason), caller)
        raise InvalidCredentials
    # Here nothing is forgiven: anybody can register an address.
    if verdict.fits == WAITING or user.email_confirmed_at is None:
        await events.record(events.LoginFailed(user_id=user.id, reason="email_not_confirmed"), caller)
        raise EmailNotConfirmed
    return user, verdict.new_hash


async def _open(caller: Caller, services: Services, user: User, new_hash: str | None, device: Device | None) -> Login:
    async with transaction():
        # The account may have changed while its password was hashed: the session needs the hash that was checked.
        unchanged = User.filter(id=user.id, password_hash=user.password_hash)
        if await unchanged.update(password_hash=new_hash or user.password_hash):
            session = await sessions.open(caller, services, user)
            token = await devices.remember(caller, user, device)
            happened = events.LoggedIn(user_id=user.id, session_id=session.id, known_device=token is None)
            await events.record(happened, caller)
            return Login(session, token)
        await events.record(events.LoginFailed(user_id=user.id, reason="account_changed"), caller)
    raise InvalidCredentials


def _canonical_or_as_typed(email: str) -> str:
    """What to look up: what cannot be an address is looked up all the same, and found nowhere."""
    try:
        return canonical_email(email)
    except ValueError:
        return ascii(email)[:LONGEST_EMAIL]
