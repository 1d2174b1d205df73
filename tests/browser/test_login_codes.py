"""Logging in by the link in a letter with a code: without JavaScript, by keyboard, and only where it was begun."""

import pytest
from playwright.async_api import expect

from models import Session
from tests.browser.mailbox import newest_link
from tests.browser.pages import begin_by_code
from tests.browser.visitors import Visit
from tests.support.postern import EMAIL, Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]


async def test_the_link_shows_the_digits_elsewhere_and_a_button_where_the_login_was_begun(
    site: Postern, visit: Visit
) -> None:
    page = await (await visit(site, java_script_enabled=False)).open("/mailbox")
    await site.register()
    await site.confirm((await newest_link(page)).rpartition("=")[2])
    await begin_by_code(site, page, EMAIL)
    link = await newest_link(page, 2)

    elsewhere = await (await visit(site, java_script_enabled=False)).open(link)
    await expect(elsewhere.get_by_role("heading")).to_have_text("Your code to log in")
    digits = link.rpartition("=")[2]
    await expect(elsewhere.get_by_text(f"{digits[:4]} {digits[4:]}")).to_be_visible()
    await expect(elsewhere.get_by_role("button")).to_have_count(0)

    await page.goto(link)
    await page.reload()
    assert await Session.all().count() == 0
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Log in")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading")).to_have_text("You are logged in")
    assert await Session.all().count() == 1
    kept = {cookie["name"] for cookie in await page.context.cookies()}
    assert kept == {"postern-refresh", "postern-device"}
