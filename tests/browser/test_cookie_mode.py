"""Cookie mode, as a frontend's script in a browser meets it."""

import json
from typing import Any

import pytest
from playwright.async_api import Cookie, Page, expect

from tests.browser.frontend import frontend
from tests.browser.mailbox import newest_link
from tests.browser.visitors import Serve, Visit, Visitor
from tests.support.account import LOGOUT, REFRESH
from tests.support.postern import EMAIL, LOGIN, ME, PASSWORD, Postern
from tests.support.secrecy import Watch

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

FETCH = """async ([address, credentials, headers, body]) => {
  const options = { method: "POST", credentials, headers: { "Content-Type": "application/json", ...headers }, body };
  return await (await fetch(address, options)).json();
}"""


async def ask(
    page: Page, site: Postern, query: str, inputs: Any = None, credentials: str = "include", **headers: str
) -> dict[str, Any]:
    """What a page's script gets for an operation."""
    body = json.dumps({"query": query, "variables": {"input": inputs}})
    answer = await page.evaluate(FETCH, [f"{site.settings.public_url}/graphql", credentials, headers, body])
    assert "errors" not in answer, answer
    (result,) = answer["data"].values()
    return dict(result)


async def confirm(site: Postern, visitor: Visitor, password: str = PASSWORD) -> None:
    await site.register(password=password)
    page = await visitor.open("/mailbox")
    await page.goto(await newest_link(page))
    await page.get_by_role("button").click()
    await expect(page.get_by_role("heading")).to_have_text("Your address is confirmed")


async def kept(page: Page) -> dict[str, Cookie]:
    """The browser's cookies by their names."""
    return {cookie["name"]: cookie for cookie in await page.context.cookies()}


async def go_through(page: Page, site: Postern) -> None:
    """Logs in, refreshes and logs out, from a page."""
    login = {"email": EMAIL, "password": PASSWORD}
    logged_in = await ask(page, site, LOGIN, login, **{"X-Token-Transport": "cookie"})
    assert (logged_in["__typename"], logged_in["refreshToken"]) == ("LoggedIn", None)
    first = await kept(page)
    assert first.keys() == {"postern-refresh", "postern-device"}
    assert {(cookie["httpOnly"], cookie["sameSite"]) for cookie in first.values()} == {(True, "Lax")}
    assert await page.evaluate("document.cookie") == ""

    assert (await ask(page, site, REFRESH, credentials="omit"))["__typename"] == "InvalidToken"
    refreshed = await ask(page, site, REFRESH)
    assert (refreshed["__typename"], refreshed["refreshToken"]) == ("Refreshed", None)
    second = await kept(page)
    assert second["postern-refresh"]["value"] != first["postern-refresh"]["value"]
    bearer = {"Authorization": f"Bearer {refreshed['accessToken']}"}
    assert (await ask(page, site, ME, **bearer))["email"] == EMAIL

    await ask(page, site, LOGOUT, **bearer)
    assert await kept(page) == {"postern-device": first["postern-device"]}, "the device stays known"
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
    async with frontend({}) as origin, serve(cors_origins=origin) as site:
        visitor = await visit(site)
        await confirm(site, visitor)
        page = await visitor.open(origin)
        assert visitor.strays == [f"{origin}/"]
        visitor.strays.clear()
        await go_through(page, site)


async def test_in_development_a_frontend_of_this_machine_needs_no_setting(site: Postern, visit: Visit) -> None:
    async with frontend({}) as origin:
        visitor = await visit(site)
        await confirm(site, visitor)
        page = await visitor.open(origin)
        visitor.strays.clear()
        await go_through(page, site)


async def test_between_localhost_and_127_0_0_1_no_cookie_is_kept_and_the_log_tells_the_address_to_call(
    serve: Serve, visit: Visit, watch: Watch
) -> None:
    async with frontend({}) as origin, serve(log_format="json") as site:
        visitor = await visit(site)
        await confirm(site, visitor)
        page = await visitor.open(origin.replace("127.0.0.1", "localhost"))
        visitor.strays.clear()
        await ask(page, site, LOGIN, {"email": EMAIL, "password": PASSWORD}, **{"X-Token-Transport": "cookie"})
        assert await page.context.cookies() == []
        (line,) = watch.events("cookie_between_sites")
        assert line["advice"].endswith(site.settings.public_url.replace("127.0.0.1", "localhost"))
