"""A server at an https address that knows one page of a frontend and one of an app, and somebody's browser."""

from collections.abc import AsyncIterator

import pytest

from tests.account_pages.people import APP_URL, ORIGIN, RETURN_URL
from tests.support.forms import Browser
from tests.support.given import MakeSettings
from tests.support.postern import Postern, running
from tests.support.postoffice import PostOffice


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing: what it decides is told by the tests of the resolvers."""
    return "sqlite"


@pytest.fixture
async def server(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Postern]:
    usual = {"database_url": database_url, "smtp_url": post.url, "public_url": ORIGIN}
    async with running(make_settings(**usual, login_codes=True, return_urls=f"{RETURN_URL}, {APP_URL}"), post) as one:
        yield one


@pytest.fixture
async def browser(server: Postern) -> Browser:
    """That of somebody who is not signed in."""
    return Browser(server)
