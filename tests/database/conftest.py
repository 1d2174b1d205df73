"""A database of its own for each test, on both dialects."""

from collections.abc import AsyncIterator, Iterator

import pytest

import database
from tests.databases import DIALECTS, Databases, databases

POOL_SIZE = 5


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", name="databases")
def _databases() -> Iterator[Databases]:
    with databases() as found:
        yield found


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def url(databases: Databases, dialect: str) -> AsyncIterator[str]:
    async with databases.fresh(dialect) as address:
        yield address


@pytest.fixture
async def empty_url(databases: Databases, dialect: str) -> AsyncIterator[str]:
    async with databases.fresh(dialect, migrated=False) as address:
        yield address


@pytest.fixture
async def opened(url: str) -> AsyncIterator[None]:
    async with database.opened(url, POOL_SIZE):
        yield
