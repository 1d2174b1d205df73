"""Signing in with an address and a password."""

import events
from database import find_with_newest
from errors import AccountDisabled, EmailNotConfirmed, InvalidCredentials
from models import LoginMethod, Registration, User
from resolvers import devices, factors, logins
from resolvers.caller import Caller
from resolvers.inputs import LONGEST_EMAIL, canonical_email
from resolvers.logins import Login
from resolvers.services import Services

WAITING = 1  # of the hashes that a login compares: the account's own, that of a registration which waits


async def login(caller: Caller, services: Services, *, email: str, password: str, device_token: str = "") -> Login:
    """What was opened.

    Raises InvalidCredentials, EmailNotConfirmed (only after the password of a registration that waits),
    AccountDisabled, SecondFactorNeeded, TooManyAttempts, Unavailable.
    """
    email = _canonical_or_as_typed(email)
    await services.throttle.attempt("login_per_address", caller.block)
    device = await devices.find(device_token, email)
    limit = ("login_per_device", str(device.id)) if device else ("login_per_account", email)
    await services.throttle.attempt(*limit)
    user = await _identified(caller, services, email, password)
    known = {"password_hash": user.password_hash, "canonical_email": user.canonical_email}
    try:
        login = await logins.complete(caller, services, user, [LoginMethod.PASSWORD], device, rests_on=known)
    except (
        factors.SecondFactorNeeded,
        AccountDisabled,
        InvalidCredentials,
    ):  # this one only where the account has changed meanwhile
        await services.throttle.forgive(*limit)
        raise
    # Only what was counted here: not the address, which may try many accounts, nor strangers beside a known device.
    await services.throttle.forgive(*limit)
    return login


async def _identified(caller: Caller, services: Services, email: str, password: str) -> User:
    """The account whose password it is; its hash is renewed where the parameters have moved."""
    user, waiting = await find_with_newest(User, Registration, "user", "confirmed_at", canonical_email=email)
    # The same work for every address, and the same answer to whoever has registered it.
    verdict = await services.passwords.verify(
        password, user.password_hash if user else None, waiting.password_hash if waiting else None
    )
    if user is None or verdict.fits is None:
        reason: events.FailureReason = "wrong_password" if user else "unknown_address"
        await events.record(events.LoginFailed(user_id=user.id if user else None, reason=reason), caller)
        raise InvalidCredentials
    # Here nothing is forgiven: anybody can register an address.
    if verdict.fits == WAITING:
        await events.record(events.LoginFailed(user_id=user.id, reason="email_not_confirmed"), caller)
        raise EmailNotConfirmed
    if verdict.new_hash:
        await User.filter(id=user.id, password_hash=user.password_hash).update(password_hash=verdict.new_hash)
        user.password_hash = verdict.new_hash
    return user


def _canonical_or_as_typed(email: str) -> str:
    """What to look up: what cannot be an address is looked up all the same, and found nowhere."""
    try:
        return canonical_email(email)
    except ValueError:
        return ascii(email)[:LONGEST_EMAIL]
