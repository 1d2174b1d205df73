"""No step of a login by way of another service reads a whole table, however many accounts there are"""

from collections.abc import AsyncIterator

import pytest
from tortoise.context import require_context

from benchmarks import filling
from database.configuration import config
from database.lifetime import opened_here
from resolvers import housekeeping
from tests.support.given import MakeSettings
from tests.support.postern import Postern, running
from tests.support.postoffice import PostOffice
from tests.support.provider_logins import IDENTITIES, LINK, UNLINK, logged_in_by, logged_in_natively
from tests.support.service import Service
from tests.support.statements import Statements

pytestmark = pytest.mark.anyio
MANY = 5_000


async def every_step(postern: Postern, service: Service) -> None:
    """Of somebody new, of somebody known, in a browser and in an app, and of somebody who has an account."""
    for logged_in in (logged_in_by, logged_in_by, logged_in_natively):
        await logged_in(postern, service)
    service.person |= {"sub": "2", "email": "bob@example.com"}
    bob = await postern.logged_in("bob@example.com")
    ticket = (await logged_in_by(postern, service))["linkTicket"]
    linked = await postern.do(LINK, bob["accessToken"], linkTicket=ticket)
    await postern.ask(IDENTITIES, token=bob["accessToken"])
    await postern.do(UNLINK, bob["accessToken"], identityId=linked["identity"]["id"])
    await housekeeping.sweep(postern.settings)


@pytest.fixture
async def statements(
    known: MakeSettings, database_url: str, dialect: str, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Statements, Postern]]:
    """Those of a server where many have accounts."""
    async with opened_here(config(database_url, 1)):
        for statement in filling.statements(dialect, MANY):
            await require_context().db().execute_script(statement)
    seen = Statements(dialect)
    seen.watch(monkeypatch)
    async with running(known(database_url=database_url), post) as postern:
        yield seen, postern


async def test_no_step_reads_a_whole_table(
    service: Service, statements: tuple[Statements, Postern], database_url: str
) -> None:
    seen, postern = statements
    await every_step(postern, service)
    assert any("identities" in query for query in seen.sent)
    scans = await seen.scans(database_url)
    of_logins = {query: plan for query, plan in scans.items() if '"webhook' not in query}  # which are none here
    assert not of_logins, "\n\n".join(f"{query}\n{plan}" for query, plan in of_logins.items())
