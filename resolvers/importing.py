"""Accounts that come from another system, with the hashes of their passwords."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import events
import locales
from database import plan_by_values, transaction
from errors import Unacceptable
from models import User
from resolvers.inputs import canonical_email, known_locale, person_name
from security.hash_forms import Firebase, known_form

T = TypeVar("T")
COLUMNS = frozenset(
    ("email", "email_confirmed", "password_hash", "salt", "name", "locale", "created_at", "id"),
)
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no", "")
UNCONFIRMED = "the address has an account here that nobody has confirmed: delete that first"
OTHERS = "another account here has this id, or has got this address just now"
TWICE = "the address was in the lines before"
NOT_CONFIRMED = "email_confirmed has to be true: nobody else may have the account of somebody's address"


class Mistake(ValueError):  # noqa: N818 - it is the file's
    """Why a line brings no account, in words."""


@dataclass(frozen=True)
class Outcome:
    """How many accounts of a batch are new, how many were there, and why others are not here, by their lines."""

    imported: int
    there: int
    mistakes: Mapping[int, str]


def account_of(record: Mapping[str, Any], firebase: Firebase | None, *, all_confirmed: bool) -> User:
    """The account that a line tells of, not written yet. Raises Mistake."""
    if not all_confirmed and not _is_true(record.get("email_confirmed")):
        raise Mistake(NOT_CONFIRMED)
    created_at = _instant(record.get("created_at")) or datetime.now(UTC)
    account = User(
        canonical_email=_checked(record, "email", canonical_email),
        password_hash=_hash(record, firebase),
        name=_checked(record, "name", person_name),
        locale=_checked(record, "locale", lambda value: known_locale(value or locales.DEFAULT)),
        email_confirmed_at=created_at,
        created_at=created_at,
    )
    if given := _text(record, "id"):
        try:
            account.id = UUID(given)
        except ValueError:
            raise Mistake("id is no UUID") from None
    return account


async def write(accounts: Mapping[int, User]) -> Outcome:
    """Writes accounts, by their lines, in one transaction. None that is there is changed: so one can begin again."""
    mistakes: dict[int, str] = {}
    new: dict[str, tuple[int, User]] = {}
    for line, account in accounts.items():
        if account.canonical_email in new:
            mistakes[line] = TWICE
        else:
            new[account.canonical_email] = line, account
    async with transaction():
        await plan_by_values(User)
        there = dict(await _confirmed(list(new)))
        for email, confirmed_at in there.items():
            line, _ = new.pop(email)
            if not confirmed_at:
                mistakes[line] = UNCONFIRMED
        await User.bulk_create([account for _, account in new.values()], ignore_conflicts=True)
        written = set(await User.filter(canonical_email__in=list(new)).values_list("canonical_email", "id"))
        ours = {line: (email, account.id) in written for email, (line, account) in new.items()}
        mistakes |= {line: OTHERS for line, is_ours in ours.items() if not is_ours}
        imported = sum(ours.values())
        if imported:
            await events.record(events.AccountsImported(count=imported))
    taken = sum(1 for confirmed_at in there.values() if confirmed_at)
    return Outcome(imported, taken, mistakes)


async def _confirmed(emails: Sequence[str]) -> Sequence[tuple[str, datetime | None]]:
    """Which of the addresses have an account, and since when each is confirmed."""
    return await User.filter(canonical_email__in=emails).values_list("canonical_email", "email_confirmed_at")


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise Mistake(f"{name} is no text")
    return value or ""


def _checked(record: Mapping[str, Any], name: str, check: Callable[[str], T]) -> T:
    try:
        return check(_text(record, name))
    except Unacceptable as error:
        texts = locales.texts(locales.DEFAULT)
        raise Mistake(f"{name}: {' '.join(texts(key, **error.parameters) for key in error.keys)}") from None


def _is_true(value: object) -> bool:
    told = str(value if value is not None else "").strip().lower()
    if told not in (*TRUE, *FALSE):
        raise Mistake("email_confirmed is neither true nor false")
    return told in TRUE


def _instant(value: object) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        instant = datetime.fromisoformat(str(value))
        instant = instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Mistake("created_at is no instant such as 2024-05-06T07:08:09Z") from None
    if instant > datetime.now(UTC):
        raise Mistake("created_at is still to come")
    return instant


def _hash(record: Mapping[str, Any], firebase: Firebase | None) -> str | None:
    """None for an account without a password."""
    given = record.get("password_hash")
    if given in (None, ""):
        return None
    if not isinstance(given, str | Mapping):
        raise Mistake("password_hash is no text")
    try:
        return known_form(given, _text(record, "salt"), firebase)
    except (ValueError, RecursionError) as error:
        raise Mistake(f"password_hash: {error}") from None
