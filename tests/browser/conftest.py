"""A browser, a server in development, and people who visit it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser

from tests.browser.visitors import Serve, Visit, Visitor, chromium, chromium_program, visitor
from tests.support.given import MakeSettings
from tests.support.listening import listening
from tests.support.postern import Postern
from tests.support.postoffice import PostOffice


@pytest.fixture(scope="package")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    """One Chromium for all these tests."""
    if not chromium_program():
        pytest.fail("These tests need the chromium program: install it, or leave them out with `make test`.", False)
    async with chromium() as program:
        yield program


@pytest.fixture
def serve(make_settings: MakeSettings, database_url: str, post: PostOffice) -> Serve:
    """Starts a server with the development mailbox on a free port; takes changes of its settings."""

    @asynccontextmanager
    async def serving(**changes: Any) -> AsyncIterator[Postern]:
        def settings(address: str) -> Any:
            return make_settings(**{"database_url": database_url, "public_url": address, "login_codes": True} | changes)

        async with listening(settings) as address, httpx2.AsyncClient(base_url=address, verify=False) as http:
            yield Postern(settings(address), http, post)

    return serving


@pytest.fixture
async def site(serve: Serve) -> AsyncIterator[Postern]:
    """A server with the development mailbox."""
    async with serve() as server:
        yield server


@pytest.fixture
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """Brings somebody new to a server. Whatever they do, no request may leave it and no console complain."""
    everybody: list[Visitor] = []
    async with AsyncExitStack() as departures:

        async def visiting(server: Postern, **options: Any) -> Visitor:
            somebody = await visitor(browser, server, **options)
            departures.push_async_callback(somebody.context.close)
            everybody.append(somebody)
            return somebody

        yield visiting
    assert [stray for somebody in everybody for stray in somebody.strays] == []
    assert [complaint for somebody in everybody for complaint in somebody.complaints] == []
