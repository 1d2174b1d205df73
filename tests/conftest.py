"""What every test starts from: a database, a post office and a running server."""

import gc
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest
from tortoise.apps import Apps

import logs
from schema.serving.documents import Operation
from settings import Settings
from tests.support import origins, secrecy
from tests.support.databases import DIALECTS, OPENED, Databases, databases
from tests.support.engines import Comparison
from tests.support.given import MakeSettings, made
from tests.support.postern import Postern, running
from tests.support.postoffice import PostOffice, post_office
from tests.support.preparing import prepare_once

OBJECTS = 50_000  # made between two looks of the garbage collector: the usual 700 are a twentieth of the suite's time
# Suites of their own, each with its target of make: they take long, or need programs.
APART = (
    *("browser", "chaos", "cli", "deployment", "docs", "enumeration"),
    *("measuring", "nodes", "observability", "processes", "website"),
)


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()
    Apps._build_initial_querysets = prepare_once  # type: ignore[assignment, method-assign]
    stack = ExitStack()
    try:
        config.stash[OPENED] = (stack, stack.enter_context(databases()))
    except (OSError, asyncpg.PostgresError) as error:
        pytest.exit(f"TEST_DATABASE_URL names no server that the tests can use: {error}", returncode=3)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A suite of its own is not among the rest: whoever wants it names it."""
    suite = collection_path.parent == Path(__file__).parent and collection_path.name in APART
    named = any(
        Path(argument.partition("::")[0]).absolute().is_relative_to(collection_path) for argument in config.args
    )
    return True if suite and not named else None


def pytest_collection_finish() -> None:
    """What is there by now stays: the garbage collector would look through all of it again and again."""
    gc.freeze()
    gc.set_threshold(OBJECTS)
    gc.enable()


def pytest_report_header(config: pytest.Config) -> str:
    return config.stash[OPENED][1].describe()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A program that is not there excuses a test on somebody's machine, but not where everything has to be proved."""
    for mark in item.iter_markers("needs"):
        is_there, lack = mark.args
        if not is_there:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(lack)


def pytest_unconfigure(config: pytest.Config) -> None:
    if opened := config.stash.get(OPENED, None):
        opened[0].close()


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session", autouse=True)
async def loop(anyio_backend: object) -> AsyncIterator[None]:
    """One event loop for all tests, as long as this fixture is there: each would make and close its own."""
    yield  # noqa: PT022


@pytest.fixture(scope="session")
def all_databases(request: pytest.FixtureRequest) -> Databases:
    return request.config.stash[OPENED][1]


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def database_url(all_databases: Databases, dialect: str) -> AsyncIterator[str]:
    """A fresh, migrated database: each test runs on SQLite and on PostgreSQL."""
    async with all_databases.fresh(dialect) as url:
        yield url


@pytest.fixture(autouse=True)
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[secrecy.Watch]:
    """Every line that the test's servers log. The test fails if one holds a secret of its."""
    watch, configure = secrecy.begin(), logs.configure

    def watched(settings: Settings) -> None:
        configure(settings)  # takes every other handler away
        (handler,) = logging.getLogger().handlers
        logging.getLogger().handlers = [secrecy.Collector(watch, handler)]

    monkeypatch.setattr(logs, "configure", watched)
    yield watch
    betrayals = list(watch.betrayals())
    assert not betrayals, "\n".join(betrayals)


@pytest.fixture(autouse=True)
def comparison(monkeypatch: pytest.MonkeyPatch) -> Iterator[Comparison]:
    """Every query by both engines. The test fails where they differ."""
    comparison = Comparison()
    # A function, which knows the operation that it is called on: a bound method would not.
    monkeypatch.setattr(Operation, "execute", lambda *given: comparison.execute(*given))  # noqa: PLW0108
    yield comparison
    assert comparison.differences == []


@pytest.fixture(autouse=True)
def nameless(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every event that a request causes. The test fails where one does not say who has asked."""
    nameless = origins.watched(monkeypatch)
    yield nameless
    assert nameless == []


@pytest.fixture
async def post() -> AsyncIterator[PostOffice]:
    """A real SMTP server on loopback."""
    async with post_office() as office:
        yield office


@pytest.fixture
def make_settings(all_databases: Databases) -> MakeSettings:
    """Settings as in production, but for the cheapest hash, with a folder of their own."""
    return partial(made, all_databases.data_dir())


@pytest.fixture
async def postern(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Postern]:
    """A running server that sends its letters to the post office."""
    async with running(make_settings(database_url=database_url, smtp_url=post.url), post) as server:
        yield server
