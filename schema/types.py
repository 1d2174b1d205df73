"""The types of things that last."""

from datetime import datetime
from typing import Self

import strawberry

import models


@strawberry.type(description="A person's account.")
class User:
    id: strawberry.ID = strawberry.field(description="A UUID; it never changes.")
    email: str = strawberry.field(description="The address in the one form that the server knows it by.")
    email_confirmed: bool = strawberry.field(description="Whether the link in the letter was clicked.")
    name: str | None = strawberry.field(description="What the person wants to be called.")
    locale: str = strawberry.field(description="The language of letters: a BCP 47 tag such as `en`.")
    created_at: datetime = strawberry.field(description="When the account was registered (UTC).")

    @classmethod
    def of(cls, row: models.User) -> Self:
        """The account that a row holds."""
        return cls(
            id=strawberry.ID(str(row.id)),
            email=row.canonical_email,
            email_confirmed=row.email_confirmed_at is not None,
            name=row.name,
            locale=row.locale,
            created_at=row.created_at,
        )
