"""exportMyData: nothing of anybody else"""

from datetime import UTC, datetime
from typing import Any

import pytest

from models import (
    Device,
    Identity,
    Letter,
    Link,
    LoginTicket,
    Passkey,
    RecoveryCode,
    Registration,
    Session,
    TotpSecret,
    UserRole,
)
from resolvers import roles
from tests.support.account import EXPORT
from tests.support.databases import once
from tests.support.factors import in_steps, set_up, ticket
from tests.support.passkeys import with_passkey
from tests.support.postern import Postern

pytestmark = [pytest.mark.anyio, once]

BEN = "ben@example.com"
TABLES = (
    *(Session, Device, TotpSecret, Passkey, RecoveryCode, LoginTicket),
    *(Registration, Identity, UserRole, Link, Letter),
)


async def test_the_export_holds_no_row_of_a_neighbour_who_has_some_of_every_kind(postern: Postern) -> None:
    ben = await postern.logged_in(BEN)
    theirs: dict[str, Any] = {"user_id": ben["user"]["id"]}
    app = await set_up(postern, ben)
    await with_passkey(postern, ben)
    await in_steps(postern, app, BEN)  # which makes a device known, as changed factors do not
    await ticket(postern, BEN)
    await roles.grant_first(BEN, "admin")
    at_google: dict[str, Any] = {"provider": "google", "issuer": "https://accounts.google.com", "subject": "1"}
    await Identity.create(**theirs, **at_google, created_at=datetime.now(UTC))
    login = await postern.logged_in()

    export = (await postern.ask(EXPORT, token=login["accessToken"]))["data"]["me"]["exportMyData"]

    held = {row["id"] for part in export.values() if isinstance(part, list) for row in part}
    assert held
    for table in TABLES:
        rows = {str(row.pk) for row in await table.filter(**theirs)}
        assert rows, table
        assert not rows & held, table
