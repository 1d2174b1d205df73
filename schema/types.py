"""The types of things that last."""

from datetime import datetime
from enum import Enum
from typing import Any, Self

import strawberry
from strawberry.scalars import JSON

import models
from resolvers import audit, passkeys, profile, sessions, stepup
from schema.audit import AuditEvent
from schema.context import Context, Info
from schema.factors import Passkey, SecondFactors
from schema.pages import Connection, limits
from schema.permissions import Own
from schema.roles import Role


@strawberry.enum(description="What a session was opened with.")
class LoginMethod(Enum):
    PASSWORD = strawberry.enum_value(models.LoginMethod.PASSWORD, description="The account's password.")
    MAILED_CODE = strawberry.enum_value(models.LoginMethod.MAILED_CODE, description="A code in an email.")
    TOTP = strawberry.enum_value(models.LoginMethod.TOTP, description="A code from an authenticator app.")
    RECOVERY_CODE = strawberry.enum_value(
        models.LoginMethod.RECOVERY_CODE, description="One of the codes that were shown once."
    )
    PASSKEY = strawberry.enum_value(models.LoginMethod.PASSKEY, description="A passkey, which needs nothing more.")
    REMEMBERED_DEVICE = strawberry.enum_value(
        models.LoginMethod.REMEMBERED_DEVICE, description="A device that was remembered."
    )
    IDENTITY = strawberry.enum_value(models.LoginMethod.IDENTITY, description="Another service.")


SHOWN_AS = {models.LoginMethod.SYNCED_PASSKEY: models.LoginMethod.PASSKEY}


@strawberry.type(description="One login on one device.")
class Session:
    id: strawberry.ID = strawberry.field(description="A UUID.")
    created_at: datetime = strawberry.field(description="When it was opened (UTC).")
    last_used_at: datetime = strawberry.field(
        description="The hour in which it was last refreshed (UTC), such as 14:00 at 14:20."
    )
    expires_at: datetime = strawberry.field(
        description="By when it will have ended unless it is refreshed before (UTC), to the hour."
    )
    user_agent: str | None = strawberry.field(description="What the client called itself.")
    ip_address: str | None = strawberry.field(description="Where it was opened from.")
    methods: list[LoginMethod] = strawberry.field(
        description="What it was opened with, or what its latest step up has proven; the next access token has the "
        "same as `amr`."
    )
    stepped_up_until: datetime | None = strawberry.field(
        description="Until when it may do what matters (UTC); null where it has to step up first."
    )
    current: bool = strawberry.field(description="The session that this request's access token belongs to.")

    @classmethod
    def of(cls, row: models.Session, context: Context) -> Self:
        """The session that a row holds."""
        return cls(
            id=strawberry.ID(str(row.id)),
            created_at=row.created_at,
            last_used_at=sessions.hour_of(row.last_used_at),
            expires_at=sessions.ends_by(context.services, row),
            user_agent=row.user_agent,
            ip_address=row.ip_address,
            methods=[LoginMethod(SHOWN_AS.get(method, method)) for method in map(models.LoginMethod, row.methods)],
            stepped_up_until=stepup.until(context.services, row),
            current=context.caller.session is not None and row.id == context.caller.session.id,
        )


@strawberry.type(description="An account elsewhere that opens this one.")
class Identity:
    id: strawberry.ID = strawberry.field(description="A UUID.")
    provider: str = strawberry.field(description="Whose service it is, such as `google`.")
    label: str | None = strawberry.field(
        description="What the service calls the account: an address or a name, for people to recognise it."
    )
    created_at: datetime = strawberry.field(description="When it was linked (UTC).")
    last_used_at: datetime | None = strawberry.field(description="When it last opened the account (UTC).")

    @classmethod
    def of(cls, row: models.Identity) -> Self:
        """The one that a row holds."""
        return cls(
            id=strawberry.ID(str(row.id)),
            provider=row.provider,
            label=row.label,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
        )


@strawberry.type
class Basics:
    """What an account is, whoever sees it."""

    id: strawberry.ID = strawberry.field(description="A UUID; it never changes.")
    email: str = strawberry.field(description="The address in the one form that the server knows it by.")
    email_confirmed: bool = strawberry.field(description="Whether the owner has proven to read mail there.")
    name: str | None = strawberry.field(description="What the person wants to be called.")
    locale: str = strawberry.field(description="The language of emails: a BCP 47 tag such as `en`.")
    created_at: datetime = strawberry.field(description="When the account was registered (UTC).")

    row: strawberry.Private[models.User]

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
            **cls._more(row),
        )

    @classmethod
    def _more(cls, row: models.User) -> dict[str, Any]:  # noqa: ARG003
        """What else a kind of account says of it."""
        return {}


@strawberry.type(description="A person's account.")
class User(Basics):
    @strawberry.field(
        permission_classes=[Own],
        description="Where this account is logged in, the sessions that were used in the latest hour first.",
    )
    async def sessions(self, info: Info) -> list[Session]:
        rows = await sessions.open_ones(info.context.services, self.row.id)
        return [Session.of(row, info.context) for row in rows]

    @strawberry.field(permission_classes=[Own], description="Whether a password opens the account.")
    async def has_password(self) -> bool:
        return bool(self.row.password_hash)

    @strawberry.field(permission_classes=[Own], description="What protects the account besides.")
    async def second_factors(self, info: Info) -> SecondFactors:
        return SecondFactors.of(await info.context.services.belongings.protection.load(self.row.id))

    @strawberry.field(permission_classes=[Own], description="The passkeys of the account, oldest first.")
    async def passkeys(self) -> list[Passkey]:
        return [Passkey.of(row) for row in await passkeys.of(self.row.id)]

    @strawberry.field(permission_classes=[Own], description="Other services that open the account.")
    async def identities(self, info: Info) -> list[Identity]:
        return list(map(Identity.of, await info.context.services.belongings.identities.load(self.row.id)))

    @strawberry.field(permission_classes=[Own], description="What the account may do to others.")
    async def roles(self, info: Info) -> list[Role]:
        return list(map(Role.of, await info.context.services.roles.load(self.row.id)))

    @strawberry.field(
        permission_classes=[Own],
        description="What has happened to the account, the newest first: not failed logins and second registrations, "
        "which may have been strangers'. It is known for a year.",
    )
    async def events(self, first: int = 50, after: str | None = None) -> Connection[AuditEvent]:
        page = await audit.own(self.row.id, *limits(first, after))
        return Connection[AuditEvent].of(page, AuditEvent.of, after)

    @strawberry.field(
        permission_classes=[Own],
        description="What is held about this person, for machines to read. Left out are hashes and digests of secrets, "
        "and failed logins and second registrations, which may have been strangers'.",
    )
    async def export_my_data(self, info: Info) -> JSON:
        return JSON(await profile.export(info.context.caller))
