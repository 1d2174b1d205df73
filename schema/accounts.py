"""Accounts, as those see them who look after them."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.permission import BasePermission

import models
from errors import NotFound
from models import Permission
from resolvers import accounts, factors, identities, sessions
from schema.context import Info
from schema.factors import SecondFactors
from schema.inputs import sent
from schema.pages import Connection, limits
from schema.permissions import may
from schema.roles import Role
from schema.types import Identity, Session

SEEN: list[type[BasePermission]] = [may(Permission.READ_USERS)]


@strawberry.type(
    description="An account as those see it who look after it. No secret, no export, no organization is in it. What is "
    "looked up for it needs READ_USERS."
)
class Account:
    id: strawberry.ID = strawberry.field(description="A UUID; it never changes.")
    email: str = strawberry.field(description="The address in the one form that the server knows it by.")
    email_confirmed: bool = strawberry.field(description="Whether the owner has proven to read mail there.")
    name: str | None = strawberry.field(description="What the person wants to be called.")
    locale: str = strawberry.field(description="The language of emails.")
    created_at: datetime = strawberry.field(description="When the account was registered (UTC).")
    disabled_at: datetime | None = strawberry.field(
        description="Since when nobody can use it (UTC); null where it is open."
    )
    disabled_reason: str | None = strawberry.field(description="Why, as who did it has put it.")
    has_password: bool = strawberry.field(description="Whether it has a password.")

    row: strawberry.Private[models.User]

    @strawberry.field(
        permission_classes=SEEN, description="When somebody last logged in to it (UTC), as far as the audit log goes."
    )
    async def last_login_at(self) -> datetime | None:
        return await accounts.last_login(self.row.id)

    @strawberry.field(permission_classes=SEEN, description="What it may do.")
    async def roles(self, info: Info) -> list[Role]:
        return list(map(Role.of, await info.context.services.roles.load(self.row.id)))

    @strawberry.field(permission_classes=SEEN, description="What protects it besides.")
    async def second_factors(self) -> SecondFactors:
        return SecondFactors.of(await factors.summary(self.row.id))

    @strawberry.field(permission_classes=SEEN, description="How many passkeys it has.")
    async def passkey_count(self) -> int:
        return await accounts.passkey_count(self.row.id)

    @strawberry.field(permission_classes=SEEN, description="Other services that open it.")
    async def identities(self) -> list[Identity]:
        return [Identity.of(row) for row in await identities.of(self.row.id)]

    @strawberry.field(
        permission_classes=SEEN,
        description="Where it is logged in, the sessions that were used in the latest hour first.",
    )
    async def sessions(self, info: Info) -> list[Session]:
        rows = await sessions.open_ones(info.context.services, self.row.id)
        return [Session.of(row, info.context) for row in rows]

    @classmethod
    def of(cls, row: models.User) -> Self:
        """The account that a row holds."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            email=row.canonical_email,
            email_confirmed=row.email_confirmed_at is not None,
            name=row.name,
            locale=row.locale,
            created_at=row.created_at,
            disabled_at=row.disabled_at,
            disabled_reason=row.disabled_reason,
            has_password=bool(row.password_hash),
        )


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
