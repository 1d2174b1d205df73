"""Sealing anew what an older SECRET_KEY has sealed, so that that key can go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from tortoise.models import Model

from mail.outbox import Outbox
from models import Letter, SigningKey, TotpSecret, Webhook
from resolvers import factors, stored_keys, webhook_delivery
from security.keys import SecretKey
from security.sealing import Seal

BATCH = 500  # rows that are read at once
SECRETS = ("sealed_secret", "previous_secret")  # of a webhook


@dataclass(frozen=True)
class Sealed:
    """A column of sealed texts; `resealed` gives a row's by the present key, None where that has sealed it.

    It raises ValueError where no key opens it.
    """

    table: type[Model]
    column: str
    resealed: Callable[[Any], bytes | None]


@dataclass
class Progress:
    """How many rows of a table were looked at, sealed anew, and could not be opened by any of the keys."""

    table: str
    seen: int = 0
    resealed: int = 0
    lost: int = 0


def sealed_columns(secret: SecretKey) -> Sequence[Sealed]:
    """All that is sealed in the database."""
    outbox, seal = Outbox(secret.derive_all("letters")), Seal(secret.derive_all("totp"))
    keys, webhooks = stored_keys.seal_of(secret), Seal(secret.derive_all("webhooks"))
    return [
        Sealed(Letter, "sealed_text", lambda letter: outbox.resealed(letter.sealed_text)),
        Sealed(TotpSecret, "sealed_secret", lambda app: seal.resealed(app.sealed_secret, *factors.belongs_to(app))),
        Sealed(SigningKey, "sealed_key", lambda key: keys.resealed(key.sealed_key, *stored_keys.belongs_to(key))),
        *(Sealed(Webhook, column, partial(_resealed, webhooks, column)) for column in SECRETS),
    ]


def _resealed(seal: Seal, column: str, webhook: Webhook) -> bytes | None:
    return seal.resealed(getattr(webhook, column), *webhook_delivery.belongs_to(webhook))


async def reseal(sealed: Sealed, tell: Callable[[Progress], None]) -> Progress:
    """Seals by the present key what an older one has sealed; `tell` hears of each batch.

    Servers may write all the while: each row is written by itself, and only where it is still as it was read. So
    whoever stops this can begin again, and two at once do no harm.
    """
    there = sealed.table.filter(**{f"{sealed.column}__isnull": False})
    progress, last = Progress(sealed.table._meta.db_table), UUID(int=0)  # noqa: SLF001 - Tortoise's name for it
    while rows := await there.filter(id__gt=last).order_by("id").limit(BATCH):
        for row in rows:
            progress.seen += 1
            try:
                text = sealed.resealed(row)
            except ValueError:
                progress.lost += 1
                continue
            as_read = sealed.table.filter(**{"id": row.pk, sealed.column: getattr(row, sealed.column)})
            progress.resealed += await as_read.update(**{sealed.column: text}) if text else 0
        last = rows[-1].pk
        tell(progress)
    return progress
