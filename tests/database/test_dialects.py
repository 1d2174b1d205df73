"""One process, both dialects, one after the other."""

import pytest

import database
from models import Session, User
from tests.database.rows import new_user, sign_in, sign_in_many
from tests.support.databases import Databases

pytestmark = pytest.mark.anyio


async def test_both_in_one_process(all_databases: Databases) -> None:
    """No statement that was made for one dialect is sent to the other."""
    for dialect in ("sqlite", "postgres", "sqlite", "postgres"):
        async with all_databases.fresh(dialect) as url, database.opened(url, 2):
            await sign_in()
            await sign_in_many()
            user = await User.filter(sessions=None).first()
            assert user
            user.name = "Ada"
            await user.save()
            assert await User.filter(name="Ada").update(locale="de") == 1
            await user.delete()
            assert await User.all().count() == 3
            assert await Session.all().prefetch_related("user")
            await new_user().save()


async def test_only_one_at_a_time(all_databases: Databases) -> None:
    """A second database in the same process is refused, rather than mixed up with the first."""
    async with (
        all_databases.fresh("sqlite") as first,
        all_databases.fresh("sqlite") as second,
        database.opened(first, 1),
    ):
        with pytest.raises(Exception, match="Only one global context"):
            async with database.opened(second, 1):
                pass
        await sign_in()


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "sqlite", "", "sqlite://file?mode=ro"])
def test_unknown_address(url: str) -> None:
    """An address that is neither SQLite's nor PostgreSQL's is refused, with what would be right."""
    with pytest.raises(ValueError, match="sqlite://"):
        database.config(url, 1)


def test_password_is_not_shown() -> None:
    """A configuration that is logged does not show the password."""
    assert "hunter2" not in repr(database.config("postgres://ada:hunter2@localhost/postern", 1))
