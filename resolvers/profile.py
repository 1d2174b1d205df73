"""What people do with their account as a whole: change it, take its data along, delete it."""

from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

import events
from database import transaction
from mail import letters
from mail.outbox import Outbox
from models import (
    Device,
    Identity,
    Letter,
    Link,
    LoginTicket,
    Passkey,
    Purpose,
    RecoveryCode,
    Registration,
    Session,
    TotpSecret,
    User,
    UserRole,
)
from resolvers import audit, sessions, stepup
from resolvers.caller import Caller
from resolvers.inputs import Inputs, known_locale, person_name
from resolvers.services import Services

ACCOUNT = (
    "id",
    "canonical_email",
    "email_confirmed_at",
    "name",
    "locale",
    "factor_failures",
    "created_at",
    "disabled_at",
)
HOURLY = ("last_used_at", "rotated_at")
SESSION = ("id", "methods", "user_agent", "ip_address", "created_at", "stepped_up_at", *HOURLY, "expires_at")
DEVICE = ("id", "user_agent", "created_at", "last_used_at", "expires_at", "remembered_until")
APP = ("id", "created_at", "pending_until", "confirmed_at")
PASSKEY = (
    *("id", "name", "discoverable", "second_factor", "backup_eligible", "backed_up", "transports", "aaguid", "rp_id"),
    *("created_at", "last_used_at"),
)
CODE = ("id", "created_at")
TICKET = ("id", "kind", "methods", "attempts", "created_at", "expires_at")
REGISTRATION = ("id", "name", "locale", "created_at", "expires_at", "confirmed_at")
ROLE = ("id", "role", "granted_at")
IDENTITY = ("id", "provider", "issuer", "subject", "label", "vouched_for", "created_at", "last_used_at")
LINK = ("id", "purpose", "canonical_email", "created_at", "expires_at")
LETTER = ("id", "kind", "created_at", "delivered_at", "died_at", "last_error")
EVENT = ("id", "at", "event", "actor_id", "session_id", "ip_address", "user_agent")


async def update(caller: Caller, changes: dict[str, str | None]) -> User:
    """Writes the `name` and the `locale` that are in `changes`, and gives back the account. Raises InvalidInput."""
    user = caller.signed_in.user
    with Inputs() as inputs:
        if "name" in changes:
            with inputs.field("name"):
                user.name = person_name(changes["name"])
        if "locale" in changes:
            with inputs.field("locale"):
                user.locale = known_locale(changes["locale"] or "")
    async with transaction():
        if changes:
            await User.filter(id=user.id).update(**{column: getattr(user, column) for column in changes})
        await events.record(events.ProfileUpdated(user_id=user.id), caller)
    return user


async def delete(caller: Caller, services: Services, password: str | None) -> str:
    """Erases the account and all that hangs on it; gives back its id.

    A letter says farewell; its text is erased with its delivery.
    Raises StepUpNeeded, InvalidCredentials, TooManyAttempts, Unavailable.
    """
    user = caller.signed_in.user
    asked = await stepup.ask(caller, services, password)
    async with transaction():
        await stepup.require(caller, services, asked=asked)
        await erase(services.outbox, user)
    return str(user.id)


async def erase(outbox: Outbox, user: User) -> None:
    """Erases the account in the open transaction, and tells its owner by mail, if anybody has confirmed that it is."""
    await User.filter(id=user.id).delete()
    if user.email_confirmed_at:
        await outbox.post(letters.AccountDeleted(**letters.reader(user)))
    await events.forget(user.id)
    await events.record(events.AccountDeleted(user_id=user.id))


async def export(caller: Caller) -> dict[str, Any]:
    """What is held about the person who asks."""
    exported = await held_about(caller.signed_in.user)
    await events.record(events.DataExported(user_id=caller.signed_in.user.id), caller)
    return exported


async def held_about(user: User) -> dict[str, Any]:
    """What is held about the owner of an account, in JSON's types; instants are ISO 8601 in UTC.

    Hashes and digests are left out: they tell nothing about the person, and much to whoever steals the export; so
    are failed logins and second registrations, which may have been strangers'.
    """
    theirs = {"user_id": user.id}
    # Those that wait are of others, who have registered the address since.
    others = Q(purpose=Purpose.CONFIRM_EMAIL, registration__confirmed_at=None)
    return {
        "account": next(iter(await _rows(User.filter(id=user.id), ACCOUNT)), None),
        "sessions": await _rows(Session.filter(**theirs), SESSION, hourly=HOURLY),
        "devices": await _rows(Device.filter(**theirs), DEVICE),
        "authenticator_apps": await _rows(TotpSecret.filter(**theirs), APP),
        "passkeys": await _rows(Passkey.filter(**theirs), PASSKEY),
        "recovery_codes": await _rows(RecoveryCode.filter(**theirs), CODE),
        "login_tickets": await _rows(LoginTicket.filter(**theirs), TICKET),
        "registrations": await _rows(Registration.filter(**theirs, confirmed_at__isnull=False), REGISTRATION),
        "identities": await _rows(Identity.filter(**theirs), IDENTITY),
        "roles": await _rows(UserRole.filter(**theirs), ROLE),
        "links": await _rows(Link.filter(**theirs).exclude(others), LINK),
        "letters": await _rows(Letter.filter(**theirs), LETTER),
        "events": [_without_others(event, str(user.id)) for event in await _rows(audit.of_owner(user.id), EVENT)],
    }


async def _rows(rows: QuerySet[Any], columns: tuple[str, ...], hourly: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The rows, oldest first: in the database's own order, which of them was written last would show."""
    return [
        {column: _in_json(sessions.hour_of(value) if column in hourly else value) for column, value in row.items()}
        for row in await rows.order_by("id").values(*columns)
    ]


def _without_others(event: dict[str, Any], user_id: str) -> dict[str, Any]:
    """An event without where somebody else was, who has done something to the account."""
    return event if event["actor_id"] in (None, user_id) else event | {"ip_address": None, "user_agent": None}


def _in_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value if value is None or isinstance(value, list | bool | int) else str(value)
