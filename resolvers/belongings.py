"""What hangs on accounts, for all of them that are shown in one moment: a page asks no more often than one account."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Self, TypeVar
from uuid import UUID

from tortoise.expressions import RawSQL
from tortoise.functions import Count
from tortoise.models import Model

from database import Moments
from models import AuditEvent, Device, Identity, Passkey, RecoveryCode, Session, TotpSecret, User
from settings import SessionSettings

T = TypeVar("T")
# For each account its own few rows of an index: their greatest would be looked for among all that ever happened to it.
NEWEST_LOGIN = RawSQL(
    """(SELECT "id" FROM "audit_events" WHERE "subject_id" = "users"."id" AND "event" = 'logged_in'
    ORDER BY "id" DESC LIMIT 1)"""
)


@dataclass(frozen=True)
class Protection:
    """What protects an account besides its first factor; `totp_since` is when its app was confirmed (UTC)."""

    required: bool
    totp_since: datetime | None
    recovery_codes_left: int
    remembered_devices: int


@dataclass(frozen=True)
class Belongings:
    """Look-ups by the ids of accounts. Of sessions those that can still be used; identities are oldest first.

    `last_logins` are when a session was last opened (UTC), as far back as that is known.
    """

    protection: Moments[UUID, Protection]
    passkey_counts: Moments[UUID, int]
    identities: Moments[UUID, list[Identity]]
    sessions: Moments[UUID, list[Session]]
    last_logins: Moments[UUID, datetime | None]

    @classmethod
    def of(cls, settings: SessionSettings) -> Self:
        """Those of a server."""
        return cls(
            protection=Moments(_protection),
            passkey_counts=Moments(_passkey_counts),
            identities=Moments(_identities),
            sessions=Moments(partial(_sessions, settings.session_idle_lifetime)),
            last_logins=Moments(_last_logins),
        )


async def _protection(user_ids: list[UUID]) -> list[Protection]:
    apps = dict(
        await TotpSecret.filter(user_id__in=user_ids, confirmed_at__isnull=False).values_list("user_id", "confirmed_at")
    )
    asked_for = set(await Passkey.filter(user_id__in=user_ids, second_factor=True).values_list("user_id", flat=True))
    codes = await _counts(RecoveryCode, user_ids)
    devices = await _counts(Device, user_ids, remembered_until__gt=datetime.now(UTC))
    return [
        Protection(one in apps or one in asked_for, apps.get(one), codes.get(one, 0), devices.get(one, 0))
        for one in user_ids
    ]


async def _passkey_counts(user_ids: list[UUID]) -> list[int]:
    counts = await _counts(Passkey, user_ids)
    return [counts.get(one, 0) for one in user_ids]


async def _identities(user_ids: list[UUID]) -> list[list[Identity]]:
    return _of_each(user_ids, await Identity.filter(user_id__in=user_ids).order_by("id"))


async def _sessions(idle_lifetime: timedelta, user_ids: list[UUID]) -> list[list[Session]]:
    now = datetime.now(UTC)
    return _of_each(
        user_ids, await Session.filter(user_id__in=user_ids, expires_at__gt=now, rotated_at__gt=now - idle_lifetime)
    )


async def _last_logins(user_ids: list[UUID]) -> list[datetime | None]:
    newest = await User.filter(id__in=user_ids).annotate(newest=NEWEST_LOGIN).values_list("newest", flat=True)
    known = AuditEvent.filter(id__in=[one for one in newest if one])
    instants = dict(await known.values_list("subject_id", "at"))
    return [instants.get(one) for one in user_ids]


async def _counts(table: type[Model], user_ids: list[UUID], **wanted: object) -> dict[UUID, int]:
    """How many rows those accounts have that have any."""
    rows = table.filter(user_id__in=user_ids, **wanted)
    return dict(await rows.annotate(count=Count("id")).group_by("user_id").values_list("user_id", "count"))


def _of_each(user_ids: list[UUID], rows: Iterable[T]) -> list[list[T]]:
    """The rows of each account, in their order."""
    theirs = defaultdict(list)
    for row in rows:
        theirs[row.user_id].append(row)  # type: ignore[attr-defined]
    return [theirs[one] for one in user_ids]
