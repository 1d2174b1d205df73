"""Registering, and confirming the address by the link in the letter."""

from dataclasses import dataclass
from datetime import UTC, datetime

import events
import locales
from database import transaction
from errors import ExpiredToken, InvalidToken
from mail import letters
from models import Identity, Link, Purpose, Registration, User
from resolvers import links, passwords
from resolvers.caller import Caller
from resolvers.inputs import Inputs, canonical_email, known_locale, person_name
from resolvers.services import Services
from settings import LinkSettings, ProviderSettings


@dataclass(frozen=True)
class Confirmed:
    """A confirmed address; `already` where an earlier click had done it."""

    email: str
    already: bool


async def register(
    caller: Caller,
    services: Services,
    *,
    email: str,
    password: str,
    name: str | None = None,
    locale: str = locales.DEFAULT,
) -> str:
    """Writes an account that is not confirmed, and a letter with the link; gives back the canonical address.

    A taken address gives the same answer: its owner is told by mail.
    Raises InvalidInput, TooManyAttempts, Unavailable.
    """
    await services.throttle.attempt("mail_per_address", caller.block)
    with Inputs() as inputs:
        with inputs.field("email"):
            email = canonical_email(email)
        with inputs.field("name"):
            name = person_name(name)
        with inputs.field("locale"):
            locale = known_locale(locale)
        with inputs.field("password"):
            password = await passwords.accepted(services, password, email, name)
    now, hashed = datetime.now(UTC), await services.passwords.hash(password)
    expires_at = now + services.settings.confirmation_lifetime
    registration = Registration(password_hash=hashed, name=name, locale=locale, created_at=now, expires_at=expires_at)
    await write(caller, services, email, registration)
    return email


async def write(caller: Caller, services: Services, email: str, registration: Registration) -> None:
    """Writes a registration, with its account where the address has none, and the letter that answers it."""
    new = User(canonical_email=email, password_hash="", locale=registration.locale, created_at=registration.created_at)
    async with transaction():
        # Of many registrations at once the unique index lets one through; the rest wait for its row, and see it.
        await User.bulk_create([new], on_conflict=["canonical_email"], update_fields=["canonical_email"])
        user = registration.user = await User.get(canonical_email=email)
        # For a taken address too, or a login with this password would tell: nobody gets that link's token.
        await registration.save()
        token = await _link_to(services.settings, registration, user)
        letter: letters.Letter = letters.AlreadyRegistered(**letters.reader(user))
        if user.email_confirmed_at is None:
            letter = letter_to_confirm(services.settings, registration, email, token)
        await services.outbox.post(letter, user)
        happened = events.Registered if user.id == new.id else events.RegisteredAgain
        await events.record(happened(user_id=user.id), caller)


def letter_to_confirm(
    settings: ProviderSettings, registration: Registration, email: str, token: str
) -> letters.ConfirmEmail:
    """The letter with a link to what a registration brought; it says by which service somebody has come, if by any."""
    service = settings.provider_name(registration.identity["provider"]) if registration.identity else None
    name, locale = registration.name, registration.locale
    return letters.ConfirmEmail(to=email, name=name, locale=locale, token=token, service=service)


async def _link_to(settings: LinkSettings, registration: Registration, user: User) -> str:
    lifetime = settings.confirmation_lifetime
    return await links.write(Purpose.CONFIRM_EMAIL, user, user.canonical_email, lifetime, registration=registration)


async def another_link_to(settings: LinkSettings, registration: Registration, user: User) -> str:
    """A new link's token for what a registration brought, which waits as long as its newest link is good."""
    expires_at = datetime.now(UTC) + settings.confirmation_lifetime
    await Registration.filter(id=registration.id).update(expires_at=expires_at)
    return await _link_to(settings, registration, user)


async def look(token: str) -> Confirmed:
    """What a link is about; `already` where it was used. Changes nothing. Raises InvalidToken, ExpiredToken."""
    return _checked(await links.find(Purpose.CONFIRM_EMAIL, token))


async def confirm(caller: Caller, services: Services, token: str) -> Confirmed:
    """Confirms the address that a link was sent to, with what the link's own registration brought.

    Raises InvalidToken, ExpiredToken, TooManyAttempts. Of many clicks at once one confirms, the others find it done.
    """
    await services.throttle.attempt("links_per_address", caller.block)
    link = await links.find(Purpose.CONFIRM_EMAIL, token)
    looked = _checked(link)
    if looked.already:
        return looked
    async with transaction():
        if won := await _adopt(caller, link):
            if await Registration.filter(user=link.user, confirmed_at=None).delete():
                await _warn(services, link)
            await events.record(events.EmailConfirmed(user_id=link.user.id), caller)
    if not won:
        return await look(token)  # another click was first: with this link, or with one that has voided it
    await services.throttle.forgive("login_per_account", looked.email)  # who has tried before the letter came
    return looked


async def resend(caller: Caller, services: Services, email: str) -> str:
    """Asks for a new letter; gives back the canonical address. Raises InvalidInput, TooManyAttempts.

    What is sent, if anything, is decided when the letter is due: so the answer and the time it
    takes are the same for every address.
    """
    await services.throttle.attempt("mail_per_address", caller.block)
    with Inputs() as inputs, inputs.field("email"):
        email = canonical_email(email)
    async with transaction():
        letter_id = await services.outbox.post(letters.ResendConfirmation(email=email))
        await events.record(events.ConfirmationRequested(letter_id=letter_id), caller)
    return email


async def resend_same(caller: Caller, services: Services, token: str) -> Confirmed:
    """Sends a new link for the registration of an old one, unless the address is confirmed.

    Raises InvalidToken, TooManyAttempts.
    """
    await services.throttle.attempt("mail_per_address", caller.block)
    old = await links.find(Purpose.CONFIRM_EMAIL, token)
    registration = _registration(old)
    async with transaction():
        user = await User.select_for_update().get_or_none(id=old.user.id, email_confirmed_at=None)
        if user:
            new = await another_link_to(services.settings, registration, user)
            letter = letter_to_confirm(services.settings, registration, user.canonical_email, new)
            letter_id = await services.outbox.post(letter, user)
            await events.record(events.ConfirmationRequested(letter_id=letter_id, user_id=user.id), caller)
    return Confirmed(old.user.canonical_email, already=registration.confirmed_at is not None)


def _registration(link: Link) -> Registration:
    assert link.registration  # noqa: S101 - of every link that confirms an address
    return link.registration


def _checked(link: Link) -> Confirmed:
    email = link.user.canonical_email
    if _registration(link).confirmed_at:
        return Confirmed(email, already=True)
    if link.user.email_confirmed_at:
        raise InvalidToken  # it was another registration that was confirmed
    if link.expires_at <= datetime.now(UTC):
        raise ExpiredToken
    return Confirmed(email, already=False)


async def _adopt(caller: Caller, link: Link) -> bool:
    """Whether this click was the one that confirmed: the compare-and-set is on the user's row."""
    now, registration = datetime.now(UTC), _registration(link)
    won = await User.filter(id=link.user.id, email_confirmed_at=None).update(
        email_confirmed_at=now,
        password_hash=registration.password_hash or None,
        name=registration.name,
        locale=registration.locale,
    )
    if won:  # its links stay, as used: clicking them again is no mistake
        await Registration.filter(id=registration.id).update(confirmed_at=now, password_hash="", identity=None)
        if registration.identity:
            await _link(caller, Identity(user=link.user, created_at=now, **registration.identity))
    return bool(won)


async def _link(caller: Caller, identity: Identity) -> None:
    """Has the account elsewhere by which somebody had registered open this one, unless it opens another by now."""
    await Identity.bulk_create([identity], ignore_conflicts=True)
    if await Identity.filter(id=identity.id).exists():
        await events.record(events.IdentityLinked(user_id=identity.user_id, provider=identity.provider), caller)


async def _warn(services: Services, link: Link) -> None:
    """Tells the owner that there were others, and how to be rid of the password if it was not theirs that won."""
    to = link.user.canonical_email
    token = await links.write(Purpose.RESET_PASSWORD, link.user, to, services.settings.reset_lifetime)
    letter = letters.RegisteredTwice(to=to, name=None, locale=_registration(link).locale, token=token)
    await services.outbox.post(letter, link.user)
