"""Two processes on one database."""

from pathlib import Path

import pytest

import database
from models import User
from settings import ROOT
from tests.database.process import TIMES, two_at_once
from tests.database.rows import new_user
from tests.support.databases import Databases

pytestmark = pytest.mark.anyio


async def test_read_then_write_on_sqlite(all_databases: Databases, tmp_path: Path) -> None:
    """Two processes that read and then write one row neither lose a write nor find the database locked."""
    async with all_databases.fresh("sqlite") as url:
        async with database.opened(url, 1):
            await new_user().save()
        await two_at_once(tmp_path, "count", url)
        async with database.opened(url, 1):
            assert (await User.get()).name == str(2 * TIMES)


async def test_migrating(empty_url: str, tmp_path: Path) -> None:
    """Of two processes that migrate at the same time one does it, and both succeed."""
    answers = await two_at_once(tmp_path, "migrate", empty_url)
    assert sorted(answers) == ["", " ".join(sorted(file.stem for file in (ROOT / "models/migrations").glob("0*.py")))]
    async with database.opened(empty_url, 1):
        assert await database.unready_reason() is None
