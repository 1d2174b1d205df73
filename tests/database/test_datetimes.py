"""Instants are instants, whatever zone they were written or asked in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from models import User
from tests.database.rows import new_user

pytestmark = pytest.mark.anyio

EAST = timezone(timedelta(hours=14))
WEST = timezone(timedelta(hours=-11))
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
BEFORE = (NOON - timedelta(microseconds=1)).astimezone(EAST)  # by its text a day later
AFTER = (NOON + timedelta(microseconds=1)).astimezone(WEST)  # by its text a day earlier


async def test_comparing(opened: None) -> None:
    """Filters and orders follow the instant, not the text in which a zone writes it."""
    await User.bulk_create([new_user(AFTER), new_user(BEFORE)])
    await new_user(NOON.astimezone(EAST)).save()
    assert await User.all().order_by("created_at").values_list("created_at", flat=True) == [BEFORE, NOON, AFTER]
    for zone in (UTC, EAST, WEST):
        noon = NOON.astimezone(zone)
        assert await User.filter(created_at__lt=noon).values_list("created_at", flat=True) == [BEFORE]
        assert await User.filter(created_at__gt=noon).values_list("created_at", flat=True) == [AFTER]
        assert await User.filter(created_at=noon).count() == 1
        assert await User.filter(created_at__in=[noon]).count() == 1
        assert await User.filter(created_at__range=(BEFORE, noon)).count() == 2


async def test_updating(opened: None) -> None:
    """An instant that an update writes, of one row or of many, is stored like any other."""
    await new_user(NOON).save()
    await User.all().update(created_at=AFTER)
    assert await User.filter(created_at__gt=NOON).count() == 1
    user = await User.get()
    user.created_at = BEFORE
    await User.bulk_update([user], ["created_at"])
    assert await User.filter(created_at__lt=NOON).count() == 1


async def test_reading(opened: None) -> None:
    """Whatever zone an instant came in, it is read as UTC."""
    await new_user(AFTER).save()
    read = (await User.get()).created_at
    assert read == AFTER
    assert read.utcoffset() == timedelta(0)
