"""What to write when a letter is due: some letters are decided only then, so that no answer tells what is known."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

import events
from database import Moments, transaction, with_owner
from mail import letters
from mail.delivery import Composer
from models import Link, LoginTicket, Purpose, Registration, User
from resolvers import links, registration
from security import tokens
from settings import LinkSettings, ProviderSettings

LinkLoader = Moments[str, Link | None]  # by their digests, with their registrations


async def confirm_email(known: LinkLoader, _: LinkSettings, letter: letters.ConfirmEmail) -> letters.Letter | None:
    """The letter to somebody who has registered, or None where another link has confirmed the address meanwhile."""
    link = await known.load(tokens.digest(letter.token))
    return letter if link and link.registration and link.registration.confirmed_at is None else None


async def resend_confirmation(
    known: ProviderSettings, settings: LinkSettings, letter: letters.ResendConfirmation
) -> letters.Letter | None:
    """The letter for somebody who asked for a new link, or None where the address has no account."""
    async with transaction():
        user = await User.select_for_update().get_or_none(canonical_email=letter.email)
        return await _resent(known, settings, user) if user else None


async def _resent(providers: ProviderSettings, settings: LinkSettings, user: User) -> letters.Letter:
    waiting = await Registration.filter(user=user, confirmed_at=None)
    known = waiting[0] if len(waiting) == 1 else None
    if known:  # for a confirmed address too: its registration waits as long as that of a free one would
        token = await registration.another_link_to(settings, known, user)
    if user.email_confirmed_at:
        return letters.AlreadyRegistered(**letters.reader(user))
    to = user.canonical_email
    if known is None:
        # Which of these registrations is the reader's? Guessing could let a stranger's password win.
        return letters.RegisterAgain(to=to, name=None, locale=user.locale)
    await events.record(events.ConfirmationLinkWritten(user_id=user.id))
    return registration.letter_to_confirm(providers, known, to, token)


async def choose_password(
    settings: LinkSettings, letter: letters.RequestPasswordReset | letters.ChoosePassword
) -> letters.Letter | None:
    """The letter for somebody who needs another password, or None where the address has no account."""
    user = await User.get_or_none(canonical_email=letter.email)
    if user is None:
        return None
    async with transaction():
        token = await _password_link(settings, user)
    if isinstance(letter, letters.ChoosePassword):
        return letters.NewPasswordNeeded(**letters.reader(user), token=token, services=letter.services)
    return letters.ResetPassword(**letters.reader(user), token=token)


async def _password_link(settings: LinkSettings, user: User) -> str:
    """The token of a link to a new password, which confirms the address and voids what others have registered."""
    await events.record(events.PasswordResetLinkWritten(user_id=user.id))
    return await links.write(Purpose.RESET_PASSWORD, user, user.canonical_email, settings.reset_lifetime)


async def request_login_code(settings: LinkSettings, letter: letters.RequestLoginCode) -> letters.Letter | None:
    """The letter for somebody who wants to log in, or None where the address has no account or the time is over.

    No code opens an account whose address nobody has confirmed. Whoever reads its mail chooses a password of theirs:
    to confirm the one that waits might be to let a stranger in who has registered the address.
    """
    async with transaction():
        user = await User.select_for_update().get_or_none(canonical_email=letter.email)
        if user is None:
            return None
        if user.email_confirmed_at is None:
            return letters.ResetPassword(**letters.reader(user), token=await _password_link(settings, user))
        waiting = LoginTicket.filter(id=letter.ticket_id, expires_at__gt=datetime.now(UTC))
        if not await waiting.update(user_id=user.id, credentials_version=user.credentials_version):
            return None
        await events.record(events.LoginCodeWritten(user_id=user.id))
    return letters.LoginCode(**letters.reader(user), code=letter.code, user_agent=letter.user_agent)


async def request_email_change(_: LinkSettings, letter: letters.RequestEmailChange) -> letters.Letter | None:
    """The letter to a new address; to its owner, where it has an account; None where the link is void by now."""
    link = await Link.get_or_none(token_digest=tokens.digest(letter.token)).select_related("user")
    if link is None:
        return None
    owner = await User.get_or_none(canonical_email=letter.email)
    if owner and owner.email_confirmed_at:
        return letters.AddressTaken(**letters.reader(owner))
    user = link.user
    await events.record(events.EmailChangeLinkSent(user_id=user.id, session_id=link.session_id))
    old_email = user.canonical_email
    return letters.ChangeEmail(
        to=letter.email, name=user.name, locale=user.locale, old_email=old_email, token=letter.token
    )


def composers(settings: ProviderSettings) -> Mapping[type[letters.Posting], Composer]:
    """What decides about letters when they are due, by their kinds."""
    known: LinkLoader = Moments(partial(with_owner, Link, "registration", by="token_digest"))
    return {
        letters.ChoosePassword: choose_password,
        letters.ConfirmEmail: partial(confirm_email, known),
        letters.RequestEmailChange: request_email_change,
        letters.RequestLoginCode: request_login_code,
        letters.RequestLoginCodeHere: request_login_code,
        letters.RequestPasswordReset: choose_password,
        letters.ResendConfirmation: partial(resend_confirmation, settings),
    }
