"""What has happened, read from its rows."""

from datetime import UTC, datetime
from typing import Self

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON

import models
from models import Permission
from resolvers import audit
from schema.inputs import sent
from schema.pages import Connection, id_of, limits
from schema.permissions import may


@strawberry.type(description="Something that has happened to an account, written with it and never changed.")
class AuditEvent:
    id: strawberry.ID = strawberry.field(description="A UUID; later events have greater ones.")
    at: datetime = strawberry.field(description="When (UTC).")
    event: str = strawberry.field(description="What, in the past tense, as in the security log: `password_changed`.")
    actor_id: strawberry.ID | None = strawberry.field(
        description="Who did it: an account, or null where nobody was signed in."
    )
    subject_id: strawberry.ID | None = strawberry.field(
        description="Whose account it happened to; null for what concerns none."
    )
    session_id: strawberry.ID | None = strawberry.field(description="Which session, where there was one.")
    ip_address: str | None = strawberry.field(
        description="Where it came from; forgotten after ninety days. An owner is not shown that of somebody else."
    )
    user_agent: str | None = strawberry.field(description="What the client called itself; forgotten likewise.")
    request_id: str | None = strawberry.field(
        description="The request that the log's lines and the answer's `X-Request-ID` name."
    )
    details: JSON = strawberry.field(description="What else there is to it. No secret and no address is in it.")

    @classmethod
    def of(cls, row: models.AuditEvent) -> Self:
        """The event that a row holds."""
        return cls(
            id=strawberry.ID(str(row.id)),
            at=row.at,
            event=row.event,
            actor_id=strawberry.ID(str(row.actor_id)) if row.actor_id else None,
            subject_id=strawberry.ID(str(row.subject_id)) if row.subject_id else None,
            session_id=strawberry.ID(str(row.session_id)) if row.session_id else None,
            ip_address=row.ip_address,
            user_agent=row.user_agent,
            request_id=row.request_id,
            details=JSON(row.details),
        )


@strawberry.input(description="Which events.")
class AuditFilter:
    subject_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Whose account it happened to."
    )
    actor_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Who did it.")
    events: list[str] | None = strawberry.field(default=strawberry.UNSET, description="One of these.")
    since: datetime | None = strawberry.field(default=strawberry.UNSET, description="Not before (UTC).")
    until: datetime | None = strawberry.field(default=strawberry.UNSET, description="Before (UTC).")

    def wanted(self) -> audit.Wanted:
        """The same for the resolvers."""
        return audit.Wanted(
            subject_id=id_of(sent(self.subject_id)),
            actor_id=id_of(sent(self.actor_id)),
            names=sent(self.events),
            since=_utc(sent(self.since)),
            until=_utc(sent(self.until)),
        )


def _utc(moment: datetime | None) -> datetime | None:
    """The same instant. Raises GraphQLError for one that is beyond the years that there are."""
    if moment is None or moment.tzinfo is None:
        return moment and moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise GraphQLError("`since` and `until` have to be from the year 1 to the year 9999, in UTC.") from None


@strawberry.type
class AuditQueries:
    @strawberry.field(
        permission_classes=[may(Permission.READ_AUDIT_LOG)],
        description="What has happened, a hundred at once. Needs READ_AUDIT_LOG.",
    )
    async def audit_events(
        self, filter: AuditFilter | None = None, first: int = 50, after: str | None = None
    ) -> Connection[AuditEvent]:
        wanted = filter.wanted() if filter else audit.Wanted()
        return Connection[AuditEvent].of(await audit.page(wanted, *limits(first, after)), AuditEvent.of, after)
