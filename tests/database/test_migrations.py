"""Migrations: all or none, and never at the cost of rows."""

import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tortoise.connection import get_connection
from tortoise.context import require_context
from tortoise.exceptions import IntegrityError, OperationalError

import database
import models.migrations
from database import configuration
from database.differences import differences
from models import Device, Identity, Letter, Link, ProviderLogin, Registration, Session, User
from tests.database.rows import NOW, sign_in
from tests.support.databases import Databases

pytestmark = pytest.mark.anyio

NEXT = """
from tortoise import fields, migrations
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [("models", "{after}")]
    operations = [{operations}]
"""
WIDEN = 'ops.AlterField("User", "locale", fields.CharField(max_length=35))'
LONGER_KIND = 'ops.AlterField("Letter", "kind", fields.CharField(max_length=50))'
NO_EXPIRY = 'ops.AlterField("Device", "expires_at", fields.DatetimeField(null=True, db_index=True))'
LONGER_LABEL = 'ops.AlterField("Identity", "label", fields.CharField(max_length=255, null=True))'
LONGER_PROVIDER = 'ops.AlterField("Identity", "provider", fields.CharField(max_length=50))'
NO_INDEX = 'ops.AlterField("Letter", "due_at", fields.DatetimeField(null=True))'
ORPHAN = 'ops.RunSQL("DELETE FROM users")'
MISTAKE = 'ops.RunSQL("SELECT nonsense")'
Follow = Callable[..., None]


@pytest.fixture
def follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Follow:
    """Put one more migration after those that there are."""

    def put(*operations: str) -> None:
        package = tmp_path / f"migrations_of_{tmp_path.name}"
        shutil.copytree(models.migrations.__path__[0], package, ignore=shutil.ignore_patterns("__pycache__"))
        newest = max(file.stem for file in package.glob("0*.py"))
        (package / "9999_next.py").write_text(NEXT.format(after=newest, operations=", ".join(operations)))
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setattr(configuration, "MIGRATIONS", package.name)

    return put


async def test_foreign_keys_have_indexes(database_url: str) -> None:
    """Nobody's rows take longer to find because others have many."""
    indexes = await indexed(database_url)
    for model in (Device, Identity, Letter, Link, ProviderLogin, Registration, Session):
        assert {(model._meta.db_table, f"{column}_id") for column in model._meta.fk_fields} <= indexes


async def test_what_is_swept_has_indexes(database_url: str) -> None:
    """What is over is found without a look at all that is not."""
    indexes = await indexed(database_url)
    assert {("sessions", "expires_at"), ("sessions", "rotated_at"), ("links", "expires_at")} <= indexes
    assert {("registrations", "expires_at"), ("letters", "delivered_at"), ("letters", "died_at")} <= indexes
    assert ("users", "email_confirmed_at, id") in indexes


async def indexed(url: str) -> set[tuple[str, str]]:
    """Tables, and the columns of their indexes."""
    known = "SELECT sql FROM sqlite_master" if url.startswith("sqlite") else "SELECT indexdef AS sql FROM pg_indexes"
    async with database.opened(url, 1):
        rows = await require_context().db().execute_query_dict(known)
    indexes = " ".join(str(row["sql"]).replace('"', "") for row in rows)
    return set(re.findall(r"ON (?:public\.)?(\w+) (?:USING btree )?\(([^)]+)\)", indexes))


async def test_changed_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that has changed is told, as the migration it needs."""
    monkeypatch.setattr(User._meta.fields_map["locale"], "max_length", 35)
    (difference,) = await differences()
    assert "AlterField" in difference


async def test_again(database_url: str) -> None:
    """Where everything is applied, migrating again does nothing."""
    assert await database.migrate(database_url) == []


async def test_rebuilt_table_keeps_children(database_url: str, follow: Follow) -> None:
    """A migration that rebuilds a table, as SQLite has to, keeps the rows that hang on it."""
    async with database.opened(database_url, 1):
        await sign_in()
        await Letter.create(user=await User.get(), kind="welcome", created_at=NOW)
    follow(WIDEN)
    async with database.opened(database_url, 1):
        assert await database.unready_reason() == "the database lacks migrations: 9999_next"
    assert await database.migrate(database_url) == ["9999_next"]
    async with database.opened(database_url, 1):
        assert await database.unready_reason() is None
        assert (await User.all().count(), await Session.all().count(), await Letter.all().count()) == (1, 1, 1)
        await User.all().delete()
        assert (await Session.all().count(), await Letter.all().count()) == (0, 0)


async def test_rebuilt_table_keeps_indexes(all_databases: Databases, follow: Follow) -> None:
    """A migration that rebuilds a table on SQLite keeps its indexes."""
    async with all_databases.fresh("sqlite") as url:
        before = await indexes(url)
        assert any("due_at" in sql for sql in before)
        follow(LONGER_KIND, NO_EXPIRY)
        await database.migrate(url)
        assert await indexes(url) == before


async def test_rebuilt_table_keeps_what_is_unique_together(all_databases: Databases, follow: Follow) -> None:
    """A migration that rebuilds a table on SQLite, and one after it, keep what no two rows have in common."""
    async with all_databases.fresh("sqlite") as url:
        follow(LONGER_LABEL, LONGER_PROVIDER)
        await database.migrate(url)
        async with database.opened(url, 1):
            await sign_in()
            known: dict[str, Any] = {"user": await User.get(), "provider": "x", "issuer": "x", "created_at": NOW}
            await Identity.create(**known, subject="1")
            await Identity.create(**known, subject="2")
            with pytest.raises(IntegrityError):
                await Identity.create(**known, subject="2")


async def test_rebuilt_table_drops_an_index(all_databases: Databases, follow: Follow) -> None:
    """A migration that gives up a column's index drops it, and only it."""
    async with all_databases.fresh("sqlite") as url:
        before = await indexes(url)
        follow(NO_INDEX)
        await database.migrate(url)
        assert await indexes(url) == [sql for sql in before if '"letters" ("due_at")' not in sql]


async def indexes(url: str) -> list[str]:
    async with database.opened(url, 1):
        query = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        return [row["sql"] for row in await get_connection("sqlite").execute_query_dict(query)]


async def test_all_or_none(database_url: str, follow: Follow) -> None:
    """A migration that fails halfway leaves no trace."""
    async with database.opened(database_url, 1):
        await sign_in()
    follow("ops.RunSQL(\"UPDATE users SET locale = 'xx'\")", WIDEN, MISTAKE)
    with pytest.raises(OperationalError, match="nonsense"):
        await database.migrate(database_url)
    async with database.opened(database_url, 1):
        assert (await User.get()).locale == "en"
        assert await database.unready_reason() == "the database lacks migrations: 9999_next"


async def test_orphans_on_sqlite(all_databases: Databases, follow: Follow) -> None:
    """A migration that would leave rows without their parents fails, and changes nothing."""
    async with all_databases.fresh("sqlite") as url:
        async with database.opened(url, 1):
            await sign_in()
        follow(ORPHAN)
        with pytest.raises(IntegrityError, match="without their parents"):
            await database.migrate(url)
        async with database.opened(url, 1):
            assert await User.all().count() == 1


async def test_folders_that_are_not_there_are_made_and_the_databases_own_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "srv" / "postern"
    await database.migrate(f"sqlite://{folder}/accounts.sqlite3")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
