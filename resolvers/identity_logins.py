"""Signing in by way of another service."""

from datetime import UTC, datetime

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

import events
from database import transaction
from errors import EmailNotConfirmed, InvalidCredentials, InvalidToken, Refusal, Unacceptable
from mail import letters
from models import Identity, LoginMethod, Registration, User
from providers import Person
from resolvers import devices, identities, linking, links, logins, provider_logins, registration
from resolvers.caller import Caller
from resolvers.inputs import canonical_email, person_name
from resolvers.logins import Login
from resolvers.services import Services
from resolvers.tickets import LOGIN_ENDED


class IdentityNotLinked(Refusal):
    """The service vouches for the address of an account that it does not open. `ticket` links it after a login."""

    key = "refusal.identity_not_linked"

    def __init__(self, provider: str, ticket: str) -> None:
        super().__init__()
        self.provider = provider
        self.ticket = ticket


async def exchange(
    caller: Caller, services: Services, *, code: str, code_verifier: str, device_token: str = ""
) -> Login:
    """What was opened for whom a service has sent back.

    Raises InvalidToken, ExpiredToken, IdentityNotLinked, EmailNotConfirmed, SecondFactorNeeded, TooManyAttempts.
    """
    await services.throttle.attempt("login_per_address", caller.block)
    attempt = await provider_logins.use_code(code, code_verifier)
    return await open_for(caller, services, attempt.provider, provider_logins.person_of(attempt), device_token)


async def open_for(caller: Caller, services: Services, provider: str, person: Person, device_token: str) -> Login:
    """What was opened for somebody who is believed to be that person there, by whichever way they came.

    Raises InvalidToken, IdentityNotLinked, EmailNotConfirmed, SecondFactorNeeded, TooManyAttempts.
    """
    user = await _identified(caller, services, provider, person)
    device = await devices.find(device_token, user.canonical_email)
    asked_at = await _asked_at(user, person)
    try:
        return await logins.complete(
            caller, services, user, [LoginMethod.IDENTITY], device, asked_elsewhere_at=asked_at
        )
    except InvalidCredentials:
        raise InvalidToken(LOGIN_ENDED) from None


async def _asked_at(user: User, person: Person) -> datetime | None:
    """When the service has asked who is there, where it vouches for the address of the account.

    Another opens the account, and proves no more: it may be what a thief has linked.
    """
    if not person.asked_at:
        return None
    known = Identity.filter(user=user, issuer=person.issuer, subject=person.subject)
    vouches = await known.filter(vouched_for=user.canonical_email).exists()
    return datetime.fromtimestamp(person.asked_at, UTC) if vouches else None


async def _identified(caller: Caller, services: Services, provider: str, person: Person) -> User:
    """The account of who came: that of the identity, whatever address it has now, or a new one."""
    if user := await _owner(person):
        return user
    email = canonical_email(person.email or "")
    if not person.vouched:
        await _register(caller, services, provider, person, email)
        raise EmailNotConfirmed
    try:
        user = await _adopted(caller, services, provider, person, email)
        if user is None and services.settings.links_by_address(provider):
            user = await linking.by_address(caller, services, email, provider, person)
    except IntegrityError:  # another account's, since this very moment
        user = await _owner(person)
    if user:
        return user
    owner = await User.get_or_none(canonical_email=email)
    ticket = await provider_logins.keep_for_linking(provider, person)
    await events.record(events.LoginFailed(user_id=owner.id if owner else None, reason="identity_not_linked"), caller)
    raise IdentityNotLinked(provider, ticket)


async def _owner(person: Person) -> User | None:
    known = Identity.filter(issuer=person.issuer, subject=person.subject)
    identity = await known.get_or_none().select_related("user")
    if identity is None:
        return None
    await known.update(last_used_at=datetime.now(UTC), label=person.label)
    return identity.user


async def _register(caller: Caller, services: Services, provider: str, person: Person, email: str) -> None:
    """A registration as with a password: the answer is the same whether or not the address is taken."""
    await services.throttle.attempt("mail_per_address", caller.block)
    now = datetime.now(UTC)
    waiting = Registration(
        password_hash="",
        identity=identities.kept(provider, person),
        name=_name(person),
        locale=caller.locale,
        created_at=now,
        expires_at=now + services.settings.confirmation_lifetime,
    )
    await registration.write(caller, services, email, waiting)


async def _adopted(caller: Caller, services: Services, provider: str, person: Person, email: str) -> User | None:
    """The account of an address that the service vouches for, and that had none, or one that nobody has confirmed.

    Whoever had registered the address gets nothing out of it: neither their password nor their name, nor a link
    (arXiv 2205.10174). Its owner is told by mail. None where it has a confirmed account.
    """
    now = datetime.now(UTC)
    new = User(canonical_email=email, password_hash="", locale=caller.locale, created_at=now)
    async with transaction():
        # Of many at once the unique index lets one through; the rest wait for its row, and see it.
        await User.bulk_create([new], on_conflict=["canonical_email"], update_fields=["canonical_email"])
        user = await User.get(canonical_email=email)
        if owner := await _owner(person):  # the same person's other browser was first
            return owner
        if not await User.filter(id=user.id, email_confirmed_at=None).update(
            email_confirmed_at=now,
            password_hash=None,
            credentials_version=F("credentials_version") + 1,
            name=_name(person),
            locale=caller.locale,
        ):
            return None
        await Registration.filter(user=user).delete()
        await links.void(user)
        await Identity.create(user=user, created_at=now, last_used_at=now, **identities.kept(provider, person))
        if user.id == new.id:
            await events.record(events.Registered(user_id=user.id), caller)
        await events.record(events.EmailConfirmed(user_id=user.id), caller)
        await events.record(events.IdentityLinked(user_id=user.id, provider=provider), caller)
        opened, name = await User.get(id=user.id), services.settings.provider_name(provider)
        await services.outbox.post(letters.AccountOpened(**letters.reader(opened), provider=name), opened)
        return opened


def _name(person: Person) -> str | None:
    """What they call themselves there, where it can be a name here."""
    try:
        return person_name(person.name)
    except Unacceptable:
        return None
