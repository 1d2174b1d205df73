"""Rows to write: a user with one session, both or neither."""

from datetime import UTC, datetime

from tortoise.transactions import in_transaction
from uuid_utils.compat import uuid7

from models import Session, User

POOL_SIZE = 5
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def new_user(created_at: datetime = NOW) -> User:
    return User(canonical_email=f"{uuid7()}@example.com", password_hash="x", locale="en", created_at=created_at)


def new_session(user: User) -> Session:
    return Session(user=user, created_at=NOW, rotated_at=NOW, last_used_at=NOW, expires_at=NOW)


async def sign_in() -> None:
    async with in_transaction():
        user = new_user()
        await user.save()
        await new_session(user).save()


async def sign_in_within_a_transaction() -> None:
    async with in_transaction():
        await sign_in()


async def sign_in_many() -> None:
    await User.bulk_create([new_user() for _ in range(3)])


async def look() -> None:
    await User.all().count()
