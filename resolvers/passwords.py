"""Passwords: changing one, and choosing a new one where it is forgotten."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import F, Q

import events
from database import transaction
from errors import InputErrorCode, InvalidToken, Unacceptable
from mail import letters
from models import Identity, Purpose, Registration, Session, User
from outside import NoAnswer
from resolvers import devices, identities, links, proofs, stepup
from resolvers.caller import Caller
from resolvers.inputs import Inputs, canonical_email
from resolvers.services import Services


@dataclass(frozen=True)
class Reset:
    """The address of an account that has a new password, and the token of the device that it was chosen on."""

    email: str
    device_token: str = field(repr=False)


async def new_hash(services: Services, field: str, password: str, email: str, name: str | None) -> str:
    """The hash of a new password. Raises InvalidInput with advice under the field's name, Unavailable."""
    with Inputs() as inputs, inputs.field(field):
        password = await accepted(services, password, email, name)
    return await services.passwords.hash(password)


async def accepted(services: Services, password: str, email: str, name: str | None) -> str:
    """The normal form of a password that may be chosen: the work is the same whoever has the address.

    Raises Unacceptable, with advice where guessers would try it early, Unavailable.
    """
    own_words = [email, *re.findall(r"\w{3,}", f"{email} {name or ''}")]
    password = await services.passwords.accepted(password, own_words)
    try:
        if await services.breaches.know(password):
            raise Unacceptable(InputErrorCode.BREACHED, "input.password.breached")
    except NoAnswer as error:  # whoever chooses one now is not kept from it by a service that is away
        await events.record(events.BreachCheckFailed(error=str(error)))
    return password


async def change(caller: Caller, services: Services, *, current_password: str | None, new_password: str) -> int:
    """Sets a new password and closes every other session; gives back how many those were. The owner is told by mail.

    Raises StepUpNeeded, InvalidCredentials, InvalidInput, TooManyAttempts, Unavailable.
    """
    await services.throttle.attempt("mail_per_address", caller.block)
    session, user = caller.signed_in, caller.signed_in.user
    asked = await stepup.ask(caller, services, current_password)
    password_hash = await new_hash(services, "newPassword", new_password, user.canonical_email, user.name)
    async with transaction():
        await stepup.require(caller, services, asked=asked)
        closed = await _replace(session, password_hash)
        letter = letters.PasswordChanged(**letters.reader(user), services=await identities.named(services, user))
        await services.outbox.post(letter, user)
        happened = events.PasswordChanged(user_id=user.id, session_id=session.id, closed=closed)
        await events.record(happened, caller)
    return closed


async def set_first(caller: Caller, services: Services, new_password: str) -> int:
    """Gives an account its first password, and closes every other session; gives back how many those were.

    The owner is told by mail.
    Raises StepUpNeeded, InvalidInput also where the account has a password, TooManyAttempts, Unavailable.
    """
    await services.throttle.attempt("mail_per_address", caller.block)
    session, user = caller.signed_in, caller.signed_in.user
    _require_none(user)
    password_hash = await new_hash(services, "newPassword", new_password, user.canonical_email, user.name)
    async with transaction():
        await stepup.require_lately(caller, services)
        _require_none(await User.get(id=user.id))
        closed = await _replace(session, password_hash)
        await services.outbox.post(letters.PasswordSet(**letters.reader(user)), user)
        await events.record(events.PasswordSet(user_id=user.id, session_id=session.id, closed=closed), caller)
    return closed


def _require_none(user: User) -> None:
    with Inputs() as inputs, inputs.field("newPassword"):
        if user.password_hash:
            raise Unacceptable(InputErrorCode.INVALID, "input.password.present")


async def _replace(session: Session, password_hash: str) -> int:
    """Writes the new password of a session's account; gives back how many others were closed by that."""
    user = session.user
    await User.filter(id=user.id).update(**_replaced(password_hash))
    closed = await Session.filter(user=user).exclude(id=session.id).delete()
    # Not the links to a new password: they are in the owner's mailbox, and this may be an intruder.
    await links.void_changes(user)
    await devices.forget(user)
    await proofs.forgive(user)
    return closed


async def request_reset(caller: Caller, services: Services, email: str) -> str:
    """Asks for a letter with a link to choose a new password; gives back the canonical address.

    Raises InvalidInput, TooManyAttempts. As with `registration.resend`, the work is the same for every address.
    """
    await services.throttle.attempt("mail_per_address", caller.block)
    with Inputs() as inputs, inputs.field("email"):
        email = canonical_email(email)
    async with transaction():
        letter_id = await services.outbox.post(letters.RequestPasswordReset(email=email))
        await events.record(events.PasswordResetRequested(letter_id=letter_id), caller)
    return email


async def resend_reset(caller: Caller, services: Services, token: str) -> str:
    """Asks for a new letter in place of an expired link; gives back the address.

    Raises InvalidToken, TooManyAttempts.
    """
    link = await links.find(Purpose.RESET_PASSWORD, token)
    return await request_reset(caller, services, link.canonical_email)


async def look_reset(token: str) -> str:
    """The address that a link is for. Changes nothing. Raises InvalidToken, ExpiredToken."""
    return (await links.look(Purpose.RESET_PASSWORD, token)).user.canonical_email


async def reset(caller: Caller, services: Services, *, token: str, new_password: str) -> Reset:
    """Sets a new password; gives back the address, which is confirmed by this: its owner got the letter.

    Every session is closed, every other link is void, no device is known but this one, the owner is told by mail.
    Raises InvalidToken, ExpiredToken, InvalidInput, TooManyAttempts, Unavailable.
    """
    await services.throttle.attempt("links_per_address", caller.block)
    link = await links.look(Purpose.RESET_PASSWORD, token)
    user = link.user
    password_hash = await new_hash(services, "newPassword", new_password, user.canonical_email, user.name)
    async with transaction():
        # Not where the account has moved to another address since: this link is in the mailbox of the old one.
        here = User.filter(id=user.id, canonical_email=link.canonical_email)
        if not await here.update(**_replaced(password_hash)):
            raise InvalidToken
        if await here.filter(email_confirmed_at=None).update(email_confirmed_at=datetime.now(UTC)):
            # What a stranger may have written at registration does not outlive the owner's proof.
            await Registration.filter(user=user).delete()
        # Nor does a service that does not vouch for this address: a stranger may have come by it, or linked it.
        others = Q(vouched_for=None) | ~Q(vouched_for=link.canonical_email)
        await Identity.filter(others, user=user).delete()
        await Session.filter(user=user).delete()
        await links.use(link)
        await links.void(user)
        await devices.forget(user)
        await proofs.forgive(user)
        device_token = await devices.add(caller, user)  # whoever reads the letters is not to be locked out
        letter = letters.PasswordChanged(**letters.reader(user), services=await identities.named(services, user))
        await services.outbox.post(letter, user)
        await events.record(events.PasswordReset(user_id=user.id), caller)
    await services.throttle.forgive("login_per_account", user.canonical_email)  # the owner's way round a lock
    return Reset(user.canonical_email, device_token)


def _replaced(password_hash: str) -> dict[str, Any]:
    return {"password_hash": password_hash, "credentials_version": F("credentials_version") + 1}
