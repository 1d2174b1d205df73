"""Passwords: checking one again, changing it, and choosing a new one where it is forgotten."""

import re
from datetime import UTC, datetime

import structlog
from tortoise.transactions import in_transaction

from errors import InvalidCredentials, InvalidToken
from models import Confirmation, Link, Purpose, Session, User
from resolvers import links, sessions
from resolvers.inputs import Inputs, canonical_email
from resolvers.services import Client, Services

log = structlog.get_logger()


async def check(services: Services, user: User, password: str) -> None:
    """Makes sure that it is the owner who asks. Raises InvalidCredentials, TooManyAttempts, Unavailable.

    Failures count together with those of logging in to the account.
    """
    await services.throttle.attempt("login_per_account", user.canonical_email)
    verdict = await services.passwords.verify(password, user.password_hash)
    if verdict.fits is None:
        log.info("password_check_failed", user_id=str(user.id))
        raise InvalidCredentials("The password is wrong.")
    await services.throttle.forgive("login_per_account", user.canonical_email)


async def new_hash(services: Services, field: str, password: str, email: str, name: str | None) -> str:
    """The hash of a new password. Raises InvalidInput with advice under the field's name, Unavailable."""
    with Inputs() as inputs, inputs.field(field):
        password = await services.passwords.accepted(password, own_words(email, name))
    return await services.passwords.hash(password)


def own_words(email: str, name: str | None) -> list[str]:
    """What a guesser would try first."""
    return [email, *re.findall(r"\w{3,}", f"{email} {name or ''}")]


async def change(
    services: Services, client: Client, session: Session, *, current_password: str, new_password: str
) -> int:
    """Sets a new password and closes every other session; gives back how many those were. The owner is told by mail.

    Raises InvalidCredentials, InvalidInput, TooManyAttempts, Unavailable.
    """
    await services.throttle.attempt("mail_per_address", client.block)
    user = session.user
    await check(services, user, current_password)
    password_hash = await new_hash(services, "newPassword", new_password, user.canonical_email, user.name)
    async with in_transaction():
        # The password may have changed meanwhile: only the one that was checked is replaced.
        if not await User.filter(id=user.id, password_hash=user.password_hash).update(password_hash=password_hash):
            raise InvalidCredentials
        await sessions.hold(session)
        closed = await Session.filter(user=user).exclude(id=session.id).delete()
        # Not the links to a new password: they are in the owner's mailbox, and this may be an intruder.
        await Link.filter(user=user, purpose=Purpose.CHANGE_EMAIL).delete()
        await services.outbox.tell(user, "password_changed")
    services.outbox.wake()
    log.info("password_changed", user_id=str(user.id), session_id=str(session.id), closed=closed)
    return closed


async def request_reset(services: Services, client: Client, email: str) -> str:
    """Asks for a letter with a link to choose a new password; gives back the canonical address.

    Raises InvalidInput, TooManyAttempts. As with `confirmations.resend`, the work is the same for every address.
    """
    await services.throttle.attempt("mail_per_address", client.block)
    with Inputs() as inputs, inputs.field("email"):
        email = canonical_email(email)
    letter_id = await services.outbox.post("request_password_reset", email=email)
    services.outbox.wake()
    log.info("password_reset_requested", letter_id=letter_id)
    return email


async def resend_reset(services: Services, client: Client, token: str) -> str:
    """Asks for a new letter in place of an expired link; gives back the address.

    Raises InvalidToken, TooManyAttempts.
    """
    link = await links.find(Purpose.RESET_PASSWORD, token)
    return await request_reset(services, client, link.canonical_email)


async def look_reset(token: str) -> str:
    """The address that a link is for. Changes nothing. Raises InvalidToken, ExpiredToken."""
    return (await links.look(Purpose.RESET_PASSWORD, token)).user.canonical_email


async def reset(services: Services, client: Client, *, token: str, new_password: str) -> str:
    """Sets a new password; gives back the address, which is confirmed by this: its owner got the letter.

    Every session is closed, every other link is void, the owner is told by mail.
    Raises InvalidToken, ExpiredToken, InvalidInput, TooManyAttempts, Unavailable.
    """
    await services.throttle.attempt("links_per_address", client.block)
    link = await links.look(Purpose.RESET_PASSWORD, token)
    user = link.user
    password_hash = await new_hash(services, "newPassword", new_password, user.canonical_email, user.name)
    async with in_transaction():
        # Not where the account has moved to another address since: this link is in the mailbox of the old one.
        here = User.filter(id=user.id, canonical_email=link.canonical_email)
        if not await here.update(password_hash=password_hash):
            raise InvalidToken
        if await here.filter(email_confirmed_at=None).update(email_confirmed_at=datetime.now(UTC)):
            # What a stranger may have written at registration does not outlive the owner's proof.
            await Confirmation.filter(user=user).delete()
        await Session.filter(user=user).delete()
        await links.use(link)
        await links.void(user)
        await services.outbox.tell(user, "password_changed")
    await services.throttle.forgive("login_per_account", user.canonical_email)  # the owner's way round a lock
    services.outbox.wake()
    log.info("password_reset", user_id=str(user.id))
    return user.canonical_email
