"""Cookie mode, as a frontend's script in a browser meets it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.account import LOGOUT, REFRESH
from tests.browser.conftest import Serve, Visit
from tests.browser.mailbox import newest_link
from tests.browser.visitors import Visitor
from tests.postern import EMAIL, LOGIN, ME, PASSWORD, Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

PAGE = '<!doctype html><title>App</title><link rel="icon" href="data:,">'
FETCH = """async ([address, credentials, headers, body]) => {
  const options = { method: "POST", credentials, headers: { "Content-Type": "application/json", ...headers }, body };
  return await (await fetch(address, options)).json();
}"""


@asynccontextmanager
async def frontend() -> AsyncIterator[str]:
    """The origin of an empty page: not the server's, but of the same site."""

    # A real one: to Chromium, a page that Playwright fulfils comes from the Internet, and may not ask loopback.
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n{PAGE}".encode())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def ask(
    page: Page, site: Postern, query: str, inputs: Any = None, credentials: str = "include", **headers: str
) -> dict[str, Any]:
    """What a page's script gets for an operation."""
    body = json.dumps({"query": query, "variables": {"input": inputs}})
    answer = await page.evaluate(FETCH, [f"{site.settings.public_url}/graphql", credentials, headers, body])
    assert "errors" not in answer, answer
    (result,) = answer["data"].values()
    return dict(result)


async def confirm(site: Postern, visitor: Visitor) -> None:
    await site.register()
    page = await visitor.open("/mailbox")
    await page.goto(await newest_link(page))
    await page.get_by_role("button").click()
    await expect(page.get_by_role("heading")).to_have_text("Your address is confirmed")


async def go_through(page: Page, site: Postern) -> None:
    """Logs in, refreshes and logs out, from a page."""
    login = {"email": EMAIL, "password": PASSWORD}
    logged_in = await ask(page, site, LOGIN, login, **{"X-Token-Transport": "cookie"})
    assert (logged_in["__typename"], logged_in["refreshToken"]) == ("LoggedIn", None)
    (first,) = await page.context.cookies()
    assert (first["name"], first["httpOnly"], first["sameSite"]) == ("postern-refresh", True, "Lax")
    assert await page.evaluate("document.cookie") == ""

    assert (await ask(page, site, REFRESH, credentials="omit"))["__typename"] == "InvalidToken"
    refreshed = await ask(page, site, REFRESH)
    assert (refreshed["__typename"], refreshed["refreshToken"]) == ("Refreshed", None)
    (second,) = await page.context.cookies()
    assert second["value"] != first["value"]
    bearer = {"Authorization": f"Bearer {refreshed['accessToken']}"}
    assert (await ask(page, site, ME, **bearer))["email"] == EMAIL

    await ask(page, site, LOGOUT, **bearer)
    assert await page.context.cookies() == []
    assert (await ask(page, site, REFRESH))["__typename"] == "InvalidToken"


async def test_a_page_of_the_servers_own_origin_keeps_a_session_in_a_cookie_it_cannot_read(
    site: Postern, visit: Visit
) -> None:
    visitor = await visit(site)
    await confirm(site, visitor)
    await go_through(await visitor.open("/graphql"), site)


async def test_a_listed_frontend_elsewhere_on_the_site_keeps_a_session_in_a_cookie_it_cannot_read(
    serve: Serve, visit: Visit
) -> None:
    async with frontend() as origin, serve(cors_origins=origin) as site:
        visitor = await visit(site)
        await confirm(site, visitor)
        page = await visitor.open(origin)
        assert visitor.strays == [f"{origin}/"]
        visitor.strays.clear()
        await go_through(page, site)
