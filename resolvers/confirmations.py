"""Confirming an address: the links, what a click does, and new letters for lost ones."""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from tortoise.transactions import in_transaction

from errors import ExpiredToken, InvalidToken
from models import Confirmation, Purpose, User
from resolvers import links
from resolvers.inputs import Inputs, canonical_email
from resolvers.services import Client, Services
from security import tokens
from settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True)
class Confirmed:
    """A confirmed address; `already` where an earlier click had done it."""

    email: str
    already: bool


async def write(settings: Settings, user: User, password_hash: str, name: str | None, locale: str) -> str:
    """A new link's token, for the registration that brought this password, name and locale."""
    token = tokens.new_link_token()
    now = datetime.now(UTC)
    await Confirmation.create(
        user=user,
        token_digest=tokens.digest(token),
        password_hash=password_hash,
        name=name,
        locale=locale,
        created_at=now,
        expires_at=now + settings.confirmation_lifetime,
    )
    return token


async def newest(email: str) -> Confirmation | None:
    """The newest registration of an address that waits to be confirmed, whether or not its link has expired."""
    return await Confirmation.filter(user__canonical_email=email, confirmed_at=None).order_by("-created_at").first()


async def look(token: str) -> Confirmed:
    """What a link is about; `already` where it was used. Changes nothing. Raises InvalidToken, ExpiredToken."""
    return _told(await _found(token))


async def confirm(services: Services, client: Client, token: str) -> Confirmed:
    """Confirms the address that a link was sent to, with what the link's own registration brought.

    Raises InvalidToken, ExpiredToken, TooManyAttempts. Of many clicks at once one confirms, the others find it done.
    """
    await services.throttle.attempt("links_per_address", client.block)
    confirmation = await _found(token)
    looked = _told(confirmation)
    if looked.already:
        return looked
    async with in_transaction():
        won = await _adopt(confirmation)
        if won and await Confirmation.filter(user=confirmation.user, confirmed_at=None).delete():
            await _warn(services, confirmation)
    if not won:
        return await look(token)  # another click was first: with this link, or with one that has voided it
    services.outbox.wake()
    await services.throttle.forgive("login_per_account", looked.email)  # who has tried before the letter came
    log.info("email_confirmed", user_id=str(confirmation.user.id))
    return looked


async def resend(services: Services, client: Client, email: str) -> str:
    """Asks for a new letter; gives back the canonical address. Raises InvalidInput, TooManyAttempts.

    What is sent, if anything, is decided when the letter is due: so the answer and the time it
    takes are the same for every address.
    """
    await services.throttle.attempt("mail_per_address", client.block)
    with Inputs() as inputs, inputs.field("email"):
        email = canonical_email(email)
    letter_id = await services.outbox.post("resend_confirmation", email=email)
    services.outbox.wake()
    log.info("confirmation_requested", letter_id=letter_id)
    return email


async def resend_same(services: Services, client: Client, token: str) -> Confirmed:
    """Sends a new link for the registration of an old one, unless the address is confirmed.

    Raises InvalidToken, TooManyAttempts.
    """
    await services.throttle.attempt("mail_per_address", client.block)
    old = await _found(token)
    to = old.user.canonical_email
    async with in_transaction():
        user = await User.select_for_update().get_or_none(id=old.user.id, email_confirmed_at=None)
        if user:
            new = await write(services.settings, user, old.password_hash, old.name, old.locale)
            facts = {"to": to, "name": old.name, "locale": old.locale, "token": new}
            letter_id = await services.outbox.post("confirm_email", user, **facts)
            log.info("confirmation_requested", user_id=str(user.id), letter_id=letter_id)
    services.outbox.wake()
    return Confirmed(to, already=old.confirmed_at is not None)


async def _found(token: str) -> Confirmation:
    confirmation = await Confirmation.get_or_none(token_digest=tokens.digest(token)).select_related("user")
    if confirmation is None:
        raise InvalidToken
    return confirmation


def _told(confirmation: Confirmation) -> Confirmed:
    email = confirmation.user.canonical_email
    if confirmation.confirmed_at:
        return Confirmed(email, already=True)
    if confirmation.user.email_confirmed_at:
        raise InvalidToken  # it was another registration that was confirmed
    if confirmation.expires_at <= datetime.now(UTC):
        raise ExpiredToken
    return Confirmed(email, already=False)


async def _adopt(confirmation: Confirmation) -> bool:
    """Whether this click was the one that confirmed: the compare-and-set is on the user's row."""
    now = datetime.now(UTC)
    won = await User.filter(id=confirmation.user.id, email_confirmed_at=None).update(
        email_confirmed_at=now,
        password_hash=confirmation.password_hash,
        name=confirmation.name,
        locale=confirmation.locale,
    )
    if not won:
        return False
    # Other links of this registration stay, as used: clicking them too is no mistake.
    ours = Confirmation.filter(user=confirmation.user, password_hash=confirmation.password_hash)
    await ours.update(confirmed_at=now, password_hash="")
    return True


async def _warn(services: Services, confirmation: Confirmation) -> None:
    """Tells the owner that there were others, and how to be rid of the password if it was not theirs that won."""
    user = confirmation.user
    to = user.canonical_email
    token = await links.write(Purpose.RESET_PASSWORD, user, to, services.settings.reset_lifetime)
    await services.outbox.post("registered_twice", user, to=to, name=None, locale=confirmation.locale, token=token)
