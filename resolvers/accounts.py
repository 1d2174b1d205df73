"""Accounts: how they come to be, change, and go."""

from datetime import UTC, datetime
from typing import Any

import structlog
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

import locales
from errors import InvalidCredentials
from models import Confirmation, Letter, Link, Session, User
from resolvers import confirmations, passwords
from resolvers.inputs import Inputs, canonical_email, known_locale, person_name
from resolvers.services import Client, Services

ACCOUNT = ("id", "canonical_email", "email_confirmed_at", "name", "locale", "created_at")
SESSION = ("id", "user_agent", "ip_address", "created_at", "last_used_at", "rotated_at", "expires_at")
CONFIRMATION = ("id", "name", "locale", "created_at", "expires_at", "confirmed_at")
LINK = ("id", "purpose", "canonical_email", "created_at", "expires_at")
LETTER = ("id", "kind", "created_at", "delivered_at", "died_at", "last_error")
log = structlog.get_logger()


async def register(
    services: Services,
    client: Client,
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
    await services.throttle.attempt("mail_per_address", client.block)
    with Inputs() as inputs:
        with inputs.field("email"):
            email = canonical_email(email)
        with inputs.field("name"):
            name = person_name(name)
        with inputs.field("locale"):
            locale = known_locale(locale)
        with inputs.field("password"):
            password = await services.passwords.accepted(password, passwords.own_words(email, name))
    password_hash = await services.passwords.hash(password)
    await _write(services, email, password_hash, name, locale)
    services.outbox.wake()
    return email


async def _write(services: Services, email: str, password_hash: str, name: str | None, locale: str) -> None:
    new = User(canonical_email=email, password_hash="", locale=locale, created_at=datetime.now(UTC))
    async with in_transaction():
        # Of many registrations at once the unique index lets one through; the rest wait for its row, and see it.
        await User.bulk_create([new], on_conflict=["canonical_email"], update_fields=["canonical_email"])
        user = await User.get(canonical_email=email)
        # For a taken address too, or a login with this password would tell: nobody gets that link's token.
        token = await confirmations.write(services.settings, user, password_hash, name, locale)
        if user.email_confirmed_at:
            await services.outbox.tell(user, "already_registered")
        else:
            await services.outbox.post("confirm_email", user, to=email, name=name, locale=locale, token=token)
    log.info("registered" if user.id == new.id else "registered_again", user_id=str(user.id))


async def update_profile(user: User, changes: dict[str, str | None]) -> User:
    """Writes the `name` and the `locale` that are in `changes`, and gives back the account. Raises InvalidInput."""
    with Inputs() as inputs:
        if "name" in changes:
            with inputs.field("name"):
                user.name = person_name(changes["name"])
        if "locale" in changes:
            with inputs.field("locale"):
                user.locale = known_locale(changes["locale"] or "")
    if changes:
        await User.filter(id=user.id).update(**{column: getattr(user, column) for column in changes})
    log.info("profile_updated", user_id=str(user.id))
    return user


async def delete(services: Services, user: User, password: str) -> str:
    """Erases the account and all that hangs on it; gives back its id. Raises InvalidCredentials, Unavailable.

    A letter says farewell; its text is erased with its delivery.
    """
    await passwords.check(services, user, password)
    async with in_transaction():
        if not await User.filter(id=user.id, password_hash=user.password_hash).delete():
            raise InvalidCredentials
        to = user.canonical_email
        await services.outbox.post("account_deleted", to=to, name=user.name, locale=user.locale)
    services.outbox.wake()
    log.info("account_deleted", user_id=str(user.id))
    return str(user.id)


async def export(user: User) -> dict[str, Any]:
    """Everything that is held about a person, in JSON's types; instants are ISO 8601 in UTC.

    Hashes and digests are left out: they tell nothing about the person, and much to whoever steals the export.
    """
    theirs = {"user_id": user.id}
    log.info("data_exported", user_id=str(user.id))
    return {
        "account": next(iter(await _told(User.filter(id=user.id), ACCOUNT)), None),
        "sessions": await _told(Session.filter(**theirs), SESSION),
        # Those that wait are of others, who have registered the address since.
        "confirmations": await _told(Confirmation.filter(**theirs, confirmed_at__isnull=False), CONFIRMATION),
        "links": await _told(Link.filter(**theirs), LINK),
        "letters": await _told(Letter.filter(**theirs), LETTER),
    }


async def _told(rows: QuerySet[Any], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {column: value if value is None else _in_json(value) for column, value in row.items()}
        for row in await rows.values(*columns)
    ]


def _in_json(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
