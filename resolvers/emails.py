"""The address of an account: changing it, and undoing that from the old one."""

import structlog
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from errors import InvalidCredentials, InvalidToken
from models import Confirmation, Link, Purpose, Session, User
from resolvers import links, passwords
from resolvers.inputs import Inputs, canonical_email
from resolvers.services import Client, Services

log = structlog.get_logger()


async def request_change(services: Services, client: Client, session: Session, *, new_email: str, password: str) -> str:
    """Sends a link to the new address and a notice with a way back to the old one; gives back the canonical new one.

    The answer is the same where the new address has an account: then its owner is told instead.
    Raises InvalidInput, InvalidCredentials, TooManyAttempts, Unavailable.
    """
    await services.throttle.attempt("mail_per_address", client.block)
    user = session.user
    with Inputs() as inputs, inputs.field("newEmail"):
        new_email = canonical_email(new_email)
        if new_email == user.canonical_email:
            raise ValueError("This is the account's address already.")
    await passwords.check(services, user, password)
    async with in_transaction():
        # The password may have changed meanwhile, and whoever asked with the old one may be why.
        if not await User.filter(id=user.id, password_hash=user.password_hash).update(password_hash=user.password_hash):
            raise InvalidCredentials
        undo_token = await links.write(
            Purpose.UNDO_EMAIL_CHANGE, user, user.canonical_email, services.settings.undo_lifetime
        )
        await services.outbox.tell(user, "email_change_notice", new_email=new_email, token=undo_token)
        await Link.filter(user=user, purpose=Purpose.CHANGE_EMAIL).delete()
        token = await links.write(
            Purpose.CHANGE_EMAIL, user, new_email, services.settings.confirmation_lifetime, session
        )
        await services.outbox.post("request_email_change", user, email=new_email, token=token)
    services.outbox.wake()
    log.info("email_change_requested", user_id=str(user.id), session_id=str(session.id))
    return new_email


async def look_change(token: str) -> str:
    """The new address that a link is for. Changes nothing. Raises InvalidToken, ExpiredToken."""
    return (await links.look(Purpose.CHANGE_EMAIL, token)).canonical_email


async def look_undo(token: str) -> str:
    """The address that a link would restore. Changes nothing. Raises InvalidToken, ExpiredToken."""
    return (await links.look(Purpose.UNDO_EMAIL_CHANGE, token)).canonical_email


async def confirm_change(services: Services, client: Client, token: str) -> str:
    """Changes the address to the one that the link was sent to, and gives it back.

    Every session but the one that asked for it is closed. Where the address has got an account
    meanwhile, nothing changes, its owner is told, and the link is void.
    Raises InvalidToken, ExpiredToken, TooManyAttempts.
    """
    await services.throttle.attempt("links_per_address", client.block)
    link = await links.look(Purpose.CHANGE_EMAIL, token)
    try:
        async with in_transaction():
            await _move(link.user, link.canonical_email)
            await Session.filter(user=link.user).exclude(id=link.session_id or link.id).delete()
            await links.use(link)
            await Link.filter(user=link.user, purpose=Purpose.RESET_PASSWORD).delete()
    except IntegrityError:
        await _tell_owner(services, link)
        raise InvalidToken from None
    log.info("email_changed", user_id=str(link.user.id))
    return link.canonical_email


async def undo_change(services: Services, token: str) -> str:
    """Restores the address that the notice was sent to, and gives it back.

    Every session is closed, every newer link is void, and a letter to choose a new password goes out:
    whoever asked for the change knows the present one. Raises InvalidToken, ExpiredToken.
    """
    link = await links.look(Purpose.UNDO_EMAIL_CHANGE, token)
    try:
        async with in_transaction():
            await _move(link.user, link.canonical_email)
            # Somebody else knows the password: none opens the account until its owner has chosen a new one.
            await User.filter(id=link.user.id).update(password_hash="")
            await Session.filter(user=link.user).delete()
            await links.use(link)
            await links.void(link.user)
            # Of the ways back only the older ones stay: this one may itself be an intruder's.
            await Link.filter(user=link.user, created_at__gt=link.created_at).delete()
            await services.outbox.post("choose_password", email=link.canonical_email)
    except IntegrityError:
        raise InvalidToken from None
    services.outbox.wake()
    log.warning("email_change_undone", user_id=str(link.user.id))
    return link.canonical_email


async def _move(user: User, canonical_email: str) -> None:
    """Gives the account its new address, which its reader has proven: an unconfirmed registration of it makes way.

    Raises IntegrityError where a confirmed account has it.
    """
    waiting = await User.exclude(id=user.id).get_or_none(canonical_email=canonical_email, email_confirmed_at=None)
    if waiting and await User.filter(id=waiting.id, email_confirmed_at=None).delete():
        log.info("registration_removed", user_id=str(waiting.id), by_user_id=str(user.id))
    await User.filter(id=user.id).update(canonical_email=canonical_email)
    await Confirmation.filter(user=user).delete()  # they are about the old one


async def _tell_owner(services: Services, link: Link) -> None:
    owner = await User.get_or_none(canonical_email=link.canonical_email)
    async with in_transaction():
        await links.use(link)
        if owner:
            await services.outbox.tell(owner, "address_taken")
    services.outbox.wake()
    log.info("email_change_refused", user_id=str(link.user.id))
