"""The address of an account: changing it, and undoing that from the old one."""

from dataclasses import dataclass

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

import events
from database import transaction
from errors import InputErrorCode, InvalidToken, Unacceptable
from mail import letters
from mail.rendering import masked
from models import Identity, Link, Purpose, Registration, Session, User
from resolvers import devices, identities, links, lost_factors, stepup
from resolvers.caller import Caller
from resolvers.inputs import Inputs, canonical_email
from resolvers.services import Services


@dataclass(frozen=True)
class Change:
    """A change of address under way: `account` is the present one, masked, for whoever reads the new one."""

    new_email: str
    account: str


async def request_change(caller: Caller, services: Services, *, new_email: str, password: str | None) -> str:
    """Sends a link to the new address and a notice with a way back to the old one; gives back the canonical new one.

    The answer is the same where the new address has an account: then its owner is told instead.
    Raises InvalidInput, StepUpNeeded, InvalidCredentials, TooManyAttempts, Unavailable.
    """
    await services.throttle.attempt("mail_per_address", caller.block)
    session, user = caller.signed_in, caller.signed_in.user
    with Inputs() as inputs, inputs.field("newEmail"):
        new_email = canonical_email(new_email)
        if new_email == user.canonical_email:
            raise Unacceptable(InputErrorCode.UNCHANGED, "input.email.unchanged")
    asked = await stepup.ask(caller, services, password)
    async with transaction():
        await stepup.require(caller, services, asked=asked)
        undo_token = await links.write(
            Purpose.UNDO_EMAIL_CHANGE, user, user.canonical_email, services.settings.undo_lifetime
        )
        notice = letters.EmailChangeNotice(**letters.reader(user), new_email=new_email, token=undo_token)
        await services.outbox.post(notice, user)
        await links.void_changes(user)
        token = await links.write(
            Purpose.CHANGE_EMAIL, user, new_email, services.settings.confirmation_lifetime, session=session
        )
        await services.outbox.post(letters.RequestEmailChange(email=new_email, token=token), user)
        await events.record(events.EmailChangeRequested(user_id=user.id, session_id=session.id), caller)
    return new_email


async def look_change(token: str) -> Change:
    """What a link would change. Changes nothing. Raises InvalidToken, ExpiredToken."""
    link = await links.look(Purpose.CHANGE_EMAIL, token)
    return Change(link.canonical_email, masked(link.user.canonical_email))


async def look_undo(token: str) -> str:
    """The address that a link would restore. Changes nothing. Raises InvalidToken, ExpiredToken."""
    return (await links.look(Purpose.UNDO_EMAIL_CHANGE, token)).canonical_email


async def confirm_change(caller: Caller, services: Services, token: str) -> str:
    """Changes the address to the one that the link was sent to, and gives it back.

    Every session but the one that asked for it is closed. Where the address has got an account
    meanwhile, nothing changes, its owner is told, and the link is void.
    Raises InvalidToken, ExpiredToken, TooManyAttempts.
    """
    await services.throttle.attempt("links_per_address", caller.block)
    link = await links.look(Purpose.CHANGE_EMAIL, token)
    try:
        async with transaction():
            await _move(caller, link.user, link.canonical_email)
            await Session.filter(user=link.user).exclude(id=link.session_id or link.id).delete()
            await links.use(link)
            await Link.filter(user=link.user, purpose=Purpose.RESET_PASSWORD).delete()
            await events.record(events.EmailChanged(user_id=link.user.id), caller)
    except IntegrityError:
        await _tell_owner(caller, services, link)
        raise InvalidToken from None
    return link.canonical_email


async def undo_change(caller: Caller, services: Services, token: str) -> str:
    """Restores the address that the notice was sent to, and gives it back.

    Every session is closed, every newer link is void, what was added since to log in with is taken away, and a letter
    to choose a new password goes out: whoever asked for the change knows the present one. The address that loses the
    account by this is told.
    Raises InvalidToken, ExpiredToken, TooManyAttempts.
    """
    await services.throttle.attempt("links_per_address", caller.block)
    link = await links.look(Purpose.UNDO_EMAIL_CHANGE, token)
    try:
        async with transaction():
            await _tell_loser(services, link)
            # Somebody else knows the password: none opens the account until its owner has chosen a new one.
            await _move(caller, link.user, link.canonical_email, password_hash="")
            await Session.filter(user=link.user).delete()
            await devices.forget(link.user)
            await lost_factors.remove_since(caller, link.user, link.created_at)
            await links.use(link)
            await links.void(link.user)
            # Of the ways back only the older ones stay: this one may itself be an intruder's.
            await Link.filter(user=link.user, created_at__gt=link.created_at).delete()
            # What was linked since has vouched for another's address.
            await Identity.filter(user=link.user, created_at__gt=link.created_at).delete()
            still = await identities.named(services, link.user)
            await services.outbox.post(letters.ChoosePassword(email=link.canonical_email, services=still))
            await events.record(events.EmailChangeUndone(user_id=link.user.id), caller)
    except IntegrityError:
        raise InvalidToken from None
    return link.canonical_email


async def _move(caller: Caller, user: User, canonical_email: str, **more: str) -> None:
    """Gives the account its new address, which its reader has proven: an unconfirmed registration of it makes way.

    `more` are columns to write along with it. Raises IntegrityError where a confirmed account has it.
    """
    waiting = await User.exclude(id=user.id).get_or_none(canonical_email=canonical_email, email_confirmed_at=None)
    if waiting and await User.filter(id=waiting.id, email_confirmed_at=None).delete():
        await events.record(events.RegistrationRemoved(user_id=waiting.id, by_user_id=user.id), caller)
    await User.filter(id=user.id).update(
        canonical_email=canonical_email, credentials_version=F("credentials_version") + 1, **more
    )
    await Registration.filter(user=user).delete()  # they are about the old one


async def _tell_loser(services: Services, link: Link) -> None:
    """A letter to the address that the account is about to lose, whose reader has confirmed the change to it.

    There is none where no change was confirmed: nobody gets a letter for what they have not done themselves.
    """
    user = await User.select_for_update().get_or_none(id=link.user.id)
    if user and user.canonical_email != link.canonical_email:
        to, old_email = user.canonical_email, link.canonical_email
        # Without the name, which may be the other's.
        letter = letters.EmailChangeUndone(to=to, name=None, locale=user.locale, old_email=old_email)
        await services.outbox.post(letter)


async def _tell_owner(caller: Caller, services: Services, link: Link) -> None:
    owner = await User.get_or_none(canonical_email=link.canonical_email)
    async with transaction():
        await links.use(link)
        if owner:
            await services.outbox.post(letters.AddressTaken(**letters.reader(owner)), owner)
        await events.record(events.EmailChangeRefused(user_id=link.user.id), caller)
