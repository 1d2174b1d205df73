"""Databases without a server around them."""

from collections.abc import AsyncIterator

import pytest

import database
from tests.database.rows import POOL_SIZE
from tests.support.databases import Databases


@pytest.fixture
async def empty_url(all_databases: Databases, dialect: str) -> AsyncIterator[str]:
    """A database that has not been migrated."""
    async with all_databases.fresh(dialect, migrated=False) as url:
        yield url


@pytest.fixture
async def opened(database_url: str) -> AsyncIterator[None]:
    """A migrated database, open."""
    async with database.opened(database_url, POOL_SIZE):
        yield
