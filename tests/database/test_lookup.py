"""database/lookup.py: rows by id, each with its owner"""

from uuid import uuid4

import pytest

from database import with_owner
from models import Session
from tests.support.postern import Postern

pytestmark = pytest.mark.anyio


async def test_a_row_that_is_looked_up_is_the_one_that_the_orm_reads(postern: Postern) -> None:
    await postern.joined(name="Ann")
    await postern.logged_in("bob@example.com")
    for row in await Session.all().select_related("user"):
        nobody, found, again = await with_owner(Session, "user", [uuid4(), row.id, row.id])
        assert nobody is None
        assert found
        assert again is not found
        for theirs, ours in ((row, found), (row.user, found.user)):
            names = theirs._meta.fields_db_projection
            assert {name: getattr(ours, name) for name in names} == {name: getattr(theirs, name) for name in names}


async def test_it_can_be_changed_and_saved_and_its_neighbour_stays(postern: Postern) -> None:
    await postern.logged_in()
    await postern.login()
    first, second = await Session.all().order_by("id")
    found, _ = await with_owner(Session, "user", [first.id, second.id])
    assert found
    found.generation = 7
    found.user.name = "Bob"
    await found.save()
    await found.user.save()
    assert [row.generation for row in await Session.all().order_by("id")] == [7, second.generation]
    assert (await first.user.get(id=first.user_id)).name == "Bob"
