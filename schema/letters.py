"""Emails on their way, as those see them who look after them."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Self

import strawberry

import models
from models import Permission
from resolvers import letters
from schema.context import Info
from schema.pages import Connection, id_of, limits
from schema.permissions import may
from schema.problems import NotFound, result


@strawberry.enum(description="Where an email is.")
class LetterState(Enum):
    DUE = strawberry.enum_value(letters.State.DUE, description="On its way, or waiting for its turn.")
    DELIVERED = strawberry.enum_value(letters.State.DELIVERED, description="The mail server has taken it.")
    DEAD = strawberry.enum_value(letters.State.DEAD, description="It was given up.")


@strawberry.type(description="An email in the outbox. Its text is sealed: nobody sees it here, as it may hold a link.")
class OutboxLetter:
    id: strawberry.ID = strawberry.field(description="A UUID.")
    kind: str = strawberry.field(description="Such as `confirm_email`.")
    user_id: strawberry.ID | None = strawberry.field(
        description="Whose it is, where that was known when it was written."
    )
    state: LetterState = strawberry.field(description="Where it is.")
    created_at: datetime = strawberry.field(description="When it was written (UTC).")
    due_at: datetime | None = strawberry.field(description="When it is tried next (UTC).")
    attempts: int = strawberry.field(description="How often it was tried.")
    last_error: str | None = strawberry.field(description="What the mail server said last.")

    @classmethod
    def of(cls, row: models.Letter) -> Self:
        """The email that a row holds."""
        return cls(
            id=strawberry.ID(str(row.id)),
            kind=row.kind,
            user_id=strawberry.ID(str(row.user_id)) if row.user_id else None,
            state=LetterState[letters.state_of(row).name],
            created_at=row.created_at,
            due_at=row.due_at,
            attempts=row.attempts,
            last_error=row.last_error,
        )


@strawberry.input(description="Which email.")
class RetryLetterInput:
    letter_id: strawberry.ID = strawberry.field(description="From `letters { nodes { id } }`.")


@strawberry.type(
    description="It is tried at once. An email that has died has lost its text: the person has to ask again."
)
class LetterRetried:
    letter: OutboxLetter = strawberry.field(description="As it is now.")


RetryLetterResult = Annotated[
    LetterRetried | NotFound,
    result("RetryLetterResult"),
]


@strawberry.type
class LetterQueries:
    @strawberry.field(
        permission_classes=[may(Permission.MANAGE_LETTERS)],
        description="Emails that are on their way, or were, a hundred at once. Needs MANAGE_LETTERS.",
    )
    async def letters(
        self,
        state: LetterState | None = None,
        kind: str | None = None,
        user_id: strawberry.ID | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[OutboxLetter]:
        wanted = letters.Wanted(letters.State[state.name] if state else None, kind, id_of(user_id))
        return Connection[OutboxLetter].of(await letters.page(wanted, *limits(first, after)), OutboxLetter.of, after)


@strawberry.type
class LetterMutations:
    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_LETTERS)],
        description="Tries an email again at once. NotFound also for one that does not wait any more. Needs "
        "MANAGE_LETTERS.",
    )
    async def retry_letter(self, info: Info, input: RetryLetterInput) -> RetryLetterResult:
        return LetterRetried(letter=OutboxLetter.of(await letters.retry_one(info.context.caller, input.letter_id)))
