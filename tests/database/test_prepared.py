"""database/prepared.py: single rows by prepared statements, and what is written with the commit"""

from datetime import UTC, datetime, timedelta

import pytest

from database import find, find_with_newest, inserting, making_room, transaction, update, with_commit
from models import Device, Registration, User
from tests.database.rows import new_user

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("opened")]

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class UndoneError(Exception):
    """On purpose."""


async def known(email: str = "ann@example.com") -> User:
    user = new_user()
    user.canonical_email = email
    await user.save()
    return user


def device(user: User, number: int) -> Device:
    seen = NOW + timedelta(days=number)
    digest = f"{user.id}{number}"
    return Device(user=user, token_digest=digest, created_at=NOW, last_used_at=seen, expires_at=seen)


def registration(user: User, number: int, confirmed_at: datetime | None = None) -> Registration:
    at = NOW + timedelta(days=number)
    times = {"created_at": at, "expires_at": at, "confirmed_at": confirmed_at}
    return Registration(user=user, password_hash=str(number), locale="en", **times)


def values(row: User) -> list[object]:
    return [getattr(row, name) for name in row._meta.fields_db_projection]


async def numbers(user: User) -> list[int]:
    return sorted((row.last_used_at - NOW).days for row in await Device.filter(user=user))


async def test_a_row_is_found_as_the_orm_reads_it_and_none_where_a_column_differs() -> None:
    user, other = await known(), await known("bob@example.com")
    found = await find(User, id=user.id, credentials_version=0)
    assert found
    assert values(found) == values(await User.get(id=user.id)) != values(other)
    async with transaction():
        assert await find(User, hold=True, id=user.id, credentials_version=1) is None
        assert (await find(User, hold=True, id=user.id)) == user
    assert await find(User, filled="name", id=user.id) is None
    await User.filter(id=user.id).update(name="Ann")
    assert await find(User, filled="name", id=user.id) == user


async def test_of_what_belongs_to_a_row_the_newest_comes_with_it() -> None:
    async def newest(email: str) -> tuple[User | None, Registration | None]:
        return await find_with_newest(User, Registration, "user", "confirmed_at", canonical_email=email)

    user, other = await known(), await known("bob@example.com")
    await registration(other, 9).save()
    assert await newest("nobody@example.com") == (None, None)
    assert await newest(user.canonical_email) == (user, None)
    await registration(user, 3, confirmed_at=NOW).save()
    assert await newest(user.canonical_email) == (user, None)
    for number in (1, 2):
        await registration(user, number).save()
    found, waiting = await newest(user.canonical_email)
    assert (found, waiting and waiting.password_hash) == (user, "2")


async def test_an_update_says_how_many_rows_it_has_changed_and_leaves_the_others() -> None:
    user, other = await known(), await known("bob@example.com")
    for one in (user, other):
        await device(one, 1).save()
    assert await update(Device, {"user_id": user.id}, last_used_at=NOW, user_agent="a 'browser'") == 1
    assert await update(Device, {"user_id": user.id, "token_digest": "another"}, last_used_at=NOW) == 0
    assert (await numbers(user), await numbers(other)) == ([0], [1])
    assert (await Device.get(user=user)).user_agent == "a 'browser'"


async def test_what_waits_for_the_commit_is_written_with_it_and_sees_what_was_there_before() -> None:
    user, other = await known(), await known("bob@example.com")
    for number in range(4):
        await device(user, number).save()
        await device(other, number).save()
    async with transaction():
        await with_commit(making_room(Device, 3, user_id=user.id))
        await with_commit(inserting(device(user, 7)))
        await with_commit(inserting(registration(user, 1)))
        assert await numbers(user) == [0, 1, 2, 3]
    assert (await numbers(user), await numbers(other)) == ([2, 3, 7], [0, 1, 2, 3])
    assert await Registration.filter(user=user).count() == 1
    await with_commit(inserting(device(user, 8)))
    assert await numbers(user) == [2, 3, 7, 8], "where none is open there is nothing to wait for"


async def test_of_what_waits_nothing_is_written_where_the_transaction_is_undone() -> None:
    user = await known()
    await device(user, 1).save()

    async def undone() -> None:
        async with transaction():
            await with_commit(making_room(Device, 1, user_id=user.id))
            await with_commit(inserting(device(user, 2)))
            raise UndoneError

    with pytest.raises(UndoneError):
        await undone()
    assert await numbers(user) == [1]
    async with transaction():
        pass
    assert await numbers(user) == [1], "nor with the next one"
