"""Accounts, as those see them who look after them."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.permission import BasePermission

import models
from errors import NotFound
from models import Permission
from resolvers import accounts, sessions
from schema.context import Info
from schema.factors import SecondFactors
from schema.inputs import sent
from schema.pages import Connection, limits
from schema.permissions import may
from schema.roles import Role
from schema.types import Basics, Identity, Session

SEEN: list[type[BasePermission]] = [may(Permission.READ_USERS)]


@strawberry.type(
    description="An account as those see it who look after it. No secret, no export, no organization is in it. What is "
    "looked up for it needs READ_USERS."
)
class Account(Basics):
    disabled_at: datetime | None = strawberry.field(
        description="Since when nobody can use it (UTC); null where it is open."
    )
    disabled_reason: str | None = strawberry.field(description="Why, as who did it has put it.")
    has_password: bool = strawberry.field(description="Whether it has a password.")

    @strawberry.field(
        permission_classes=SEEN, description="When somebody last logged in to it (UTC), as far as the audit log goes."
    )
    async def last_login_at(self, info: Info) -> datetime | None:
        return await info.context.services.belongings.last_logins.load(self.row.id)

    @strawberry.field(permission_classes=SEEN, description="What it may do.")
    async def roles(self, info: Info) -> list[Role]:
        return list(map(Role.of, await info.context.services.roles.load(self.row.id)))

    @strawberry.field(permission_classes=SEEN, description="What protects it besides.")
    async def second_factors(self, info: Info) -> SecondFactors:
        return SecondFactors.of(await info.context.services.belongings.protection.load(self.row.id))

    @strawberry.field(permission_classes=SEEN, description="How many passkeys it has.")
    async def passkey_count(self, info: Info) -> int:
        return await info.context.services.belongings.passkey_counts.load(self.row.id)

    @strawberry.field(permission_classes=SEEN, description="Other services that open it.")
    async def identities(self, info: Info) -> list[Identity]:
        return list(map(Identity.of, await info.context.services.belongings.identities.load(self.row.id)))

    @strawberry.field(
        permission_classes=SEEN,
        description="Where it is logged in, the sessions that were used in the latest hour first.",
    )
    async def sessions(self, info: Info) -> list[Session]:
        rows = await sessions.open_ones(info.context.services, self.row.id)
        return [Session.of(row, info.context) for row in rows]

    @classmethod
    def _more(cls, row: models.User) -> dict[str, Any]:
        return {
            "disabled_at": row.disabled_at,
            "disabled_reason": row.disabled_reason,
            "has_password": bool(row.password_hash),
        }


@strawberry.input(description="Which accounts.")
class AccountFilter:
    search: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The beginning of an address or of a name, or a whole id. Capitals do not matter in an address; in "
        "a name they are as it is written, or at the beginning of each word.",
    )
    disabled: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Only those that are disabled, or only those that are not."
    )
    email_confirmed: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Only those whose address is confirmed, or only those where it is not.",
    )
    role: str | None = strawberry.field(default=strawberry.UNSET, description="Only those that have this role.")

    def wanted(self) -> accounts.Wanted:
        """The same for the resolvers."""
        return accounts.Wanted(sent(self.search), sent(self.disabled), sent(self.email_confirmed), sent(self.role))


@strawberry.type
class AccountQueries:
    @strawberry.field(permission_classes=SEEN, description="Searches accounts, a hundred at once. Needs READ_USERS.")
    async def accounts(
        self, filter: AccountFilter | None = None, first: int = 50, after: str | None = None
    ) -> Connection[Account]:
        wanted = filter.wanted() if filter else accounts.Wanted()
        return Connection[Account].of(await accounts.page(wanted, *limits(first, after)), Account.of, after)

    @strawberry.field(permission_classes=SEEN, description="One account; null where there is none. Needs READ_USERS.")
    async def account(self, id: strawberry.ID) -> Account | None:
        try:
            return Account.of(await accounts.find(id))
        except NotFound:
            return None
