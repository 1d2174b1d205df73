"""Accounts: how they come to be."""

import re
from datetime import UTC, datetime

import structlog
from tortoise.transactions import in_transaction

import locales
from models import User
from resolvers import confirmations
from resolvers.inputs import Inputs, canonical_email, known_locale, person_name
from resolvers.services import Services

log = structlog.get_logger()


async def register(
    services: Services, *, email: str, password: str, name: str | None = None, locale: str | None = None
) -> str:
    """Writes an account that is not confirmed, and a letter with the link; gives back the canonical address.

    A taken address gives the same answer: its owner is told by mail. Raises InvalidInput, Unavailable.
    """
    with Inputs() as inputs:
        with inputs.field("email"):
            email = canonical_email(email)
        with inputs.field("name"):
            name = person_name(name)
        with inputs.field("locale"):
            locale = known_locale(locale or locales.DEFAULT)
        with inputs.field("password"):
            password = await services.passwords.accepted(password, _own_words(email, name))
    password_hash = await services.passwords.hash(password)
    await _write(services, email, password_hash, name, locale or locales.DEFAULT)
    services.outbox.wake()
    return email


async def _write(services: Services, email: str, password_hash: str, name: str | None, locale: str) -> None:
    new = User(
        canonical_email=email, password_hash=password_hash, name=name, locale=locale, created_at=datetime.now(UTC)
    )
    async with in_transaction():
        # Of many registrations at once the unique index lets one through, and the rest see its row.
        await User.bulk_create([new], ignore_conflicts=True)
        user = await User.get(canonical_email=email)
        waiting = User.filter(id=user.id, email_confirmed_at=None)
        if await waiting.update(password_hash=password_hash, name=name, locale=locale):
            token = await confirmations.write(services.settings, user, password_hash, name, locale)
            await services.outbox.post("confirm_email", user, to=email, name=name, locale=locale, token=token)
        else:
            await services.outbox.post("already_registered", user, to=email, name=user.name, locale=user.locale)
    log.info("registered" if user.id == new.id else "registered_again", user_id=str(user.id))


def _own_words(email: str, name: str | None) -> list[str]:
    return [email, *re.findall(r"\w{3,}", f"{email} {name or ''}")]
