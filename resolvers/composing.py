"""What to write when a letter is due: some letters are decided only then, so that no answer tells what is known."""

import structlog
from tortoise.transactions import in_transaction

from mail import letters
from mail.outbox import Composer
from models import Confirmation, Link, Purpose, User
from resolvers import confirmations, links
from security import tokens
from settings import Settings

log = structlog.get_logger()


async def confirm_email(
    settings: Settings, *, to: str, name: str | None, locale: str, token: str
) -> letters.Letter | None:
    """The letter to somebody who has registered, or None where another link has confirmed the address meanwhile."""
    if not await Confirmation.filter(token_digest=tokens.digest(token), confirmed_at=None).exists():
        return None
    return letters.confirm_email(settings, to=to, name=name, locale=locale, token=token)


async def resend_confirmation(settings: Settings, *, email: str) -> letters.Letter | None:
    """The letter for somebody who asked for a new link, or None where the address has no account."""
    async with in_transaction():
        return await _resend_confirmation(settings, email)


async def _resend_confirmation(settings: Settings, email: str) -> letters.Letter | None:
    user = await User.select_for_update().get_or_none(canonical_email=email)
    if user is None:
        return None
    waiting = await Confirmation.filter(user=user, confirmed_at=None)
    known = waiting[0] if len({confirmation.password_hash for confirmation in waiting}) == 1 else None
    if known:  # for a confirmed address too: its registration waits as long as that of a free one would
        token = await confirmations.write(settings, user, known.password_hash, known.name, known.locale)
    if user.email_confirmed_at:
        return letters.already_registered(settings, to=email, name=user.name, locale=user.locale)
    if known is None:
        # Which of these registrations is the reader's? Guessing could let a stranger's password win.
        return letters.register_again(settings, to=email, name=None, locale=user.locale)
    log.info("confirmation_link_written", user_id=str(user.id))
    return letters.confirm_email(settings, to=email, name=known.name, locale=known.locale, token=token)


async def request_password_reset(settings: Settings, *, email: str) -> letters.Letter | None:
    """The letter for somebody who has forgotten a password, or None where the address has no account."""
    user = await User.get_or_none(canonical_email=email)
    if user is None:
        return None
    async with in_transaction():
        token = await links.write(Purpose.RESET_PASSWORD, user, email, settings.reset_lifetime)
    log.info("password_reset_link_written", user_id=str(user.id))
    return letters.reset_password(settings, to=email, name=user.name, locale=user.locale, token=token)


async def request_email_change(settings: Settings, *, email: str, token: str) -> letters.Letter | None:
    """The letter to a new address; to its owner, where it has an account; None where the link is void by now."""
    link = await Link.get_or_none(token_digest=tokens.digest(token)).select_related("user")
    if link is None:
        return None
    owner = await User.get_or_none(canonical_email=email)
    if owner and owner.email_confirmed_at:
        return letters.address_taken(settings, to=email, name=owner.name, locale=owner.locale)
    log.info("email_change_link_sent", user_id=str(link.user.id), session_id=link.session_id and str(link.session_id))
    return letters.change_email(settings, to=email, name=link.user.name, locale=link.user.locale, token=token)


COMPOSERS: dict[str, Composer] = {
    "account_deleted": letters.account_deleted,
    "address_taken": letters.address_taken,
    "already_registered": letters.already_registered,
    "choose_password": request_password_reset,
    "confirm_email": confirm_email,
    "email_change_notice": letters.email_change_notice,
    "password_changed": letters.password_changed,
    "registered_twice": letters.registered_twice,
    "request_email_change": request_email_change,
    "request_password_reset": request_password_reset,
    "resend_confirmation": resend_confirmation,
    "session_closed": letters.session_closed,
}
