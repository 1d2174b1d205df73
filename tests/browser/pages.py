"""A walk through all pages and letters there are."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from playwright.async_api import FrameLocator, Page

from models import Link, LoginTicket, Registration
from tests.browser.mailbox import link_in, newest_letter, newest_link
from tests.support.account import NEW_PASSWORD, REQUEST_CHANGE, REQUEST_RESET
from tests.support.codes import REQUEST_CODE, with_code
from tests.support.factors import set_up
from tests.support.postern import Postern

LONG = f"{'bartholomew-' * 5}@{'accounts-department-' * 3}of.{'a-very-long-name' * 3}.example.com"
NEW_LONG = f"{'bartholomew-' * 5}@{'headquarters-' * 4}of.{'another-long-name' * 3}.example.com"
AN_HOUR = timedelta(hours=1)


async def expire_links(ago: timedelta = timedelta(seconds=1)) -> None:
    """Lets the time of all links be over; less than none of it ago, they are good again."""
    for links in (Registration, Link):
        await links.all().update(expires_at=datetime.now(UTC) - ago)


async def every_page(site: Postern, page: Page, locale: str = "en") -> AsyncIterator[str]:
    """Goes through all pages, one after the other, with addresses that are as long as they come."""
    parts = (_of_registering(site, page, locale), _of_a_new_password(site, page), _of_a_new_address(site, page))
    for some in (*parts, _of_a_code(site, page)):
        async for name in some:
            yield name
    await page.goto("/nowhere")
    yield "error"


async def begin_by_code(site: Postern, page: Page, email: str) -> None:
    """Has the page's browser ask for a code, as a frontend in cookie mode does."""
    sent = await page.context.request.post(
        f"{site.settings.public_url}/graphql",
        data={"query": REQUEST_CODE, "variables": {"input": {"email": email}}},
        headers={"X-Token-Transport": "cookie", "Origin": site.settings.public_url},
    )
    assert (await sent.json())["data"]["requestLoginCode"]["__typename"] == "LoginCodeSent"


async def _click(page: Page) -> None:
    button = page.get_by_role("button")
    await button.click()
    await button.wait_for(state="detached")


async def _letter(page: Page, count: int = 1, to: str = LONG) -> FrameLocator:
    letter = await newest_letter(page, count, to)
    await letter.get_by_role("heading").wait_for()
    return letter


async def _of_registering(site: Postern, page: Page, locale: str) -> AsyncIterator[str]:
    await page.goto("/mailbox")
    yield "empty mailbox"
    await site.register(LONG, locale=locale)
    await _letter(page)
    yield "letter"
    await page.locator(".views").get_by_role("link").last.click()
    await page.locator("pre").wait_for()
    yield "letter as text"
    link = await newest_link(page)
    await page.go_back()
    yield "mailbox"
    await page.goto(link)
    yield "link"
    await expire_links()
    await page.reload()
    yield "expired link"
    await _click(page)
    yield "new letter sent"
    new = await newest_link(page, 2)
    await page.goto(new)
    await _click(page)
    yield "confirmed"
    await page.goto(new)
    yield "used link"
    await page.goto("/confirm-email?token=x")
    yield "damaged link"


async def _of_a_new_password(site: Postern, page: Page) -> AsyncIterator[str]:
    await site.do(REQUEST_RESET, email=LONG)
    link = await link_in(await _letter(page, 3))
    yield "letter to choose a password"
    await page.goto(link)
    yield "choosing a password"
    await page.get_by_role("textbox").fill("password123")
    await page.get_by_role("button").click()
    await page.get_by_role("alert").wait_for()
    yield "advice on a password"
    await expire_links()
    await page.goto(link)
    yield "expired link to choose a password"
    await _click(page)
    yield "new letter to choose a password sent"
    await page.goto(await newest_link(page, 4))
    await page.get_by_role("textbox").fill(NEW_PASSWORD)
    await _click(page)
    yield "password chosen"
    await _letter(page, 5)
    yield "letter about the new password"


async def _of_a_new_address(site: Postern, page: Page) -> AsyncIterator[str]:
    login = await site.login(LONG, NEW_PASSWORD)
    await site.do(REQUEST_CHANGE, login["accessToken"], newEmail=NEW_LONG, password=NEW_PASSWORD)
    undo = await link_in(await _letter(page, 6))
    yield "letter to undo the change"
    change = await link_in(await _letter(page, to=NEW_LONG))
    yield "letter to the new address"
    await expire_links()
    await page.goto(change)
    yield "expired link to change the address"
    await expire_links(ago=-AN_HOUR)
    await page.reload()
    yield "changing the address"
    await _click(page)
    yield "address changed"
    await page.goto(undo)
    yield "undoing the change"
    await _click(page)
    yield "change undone"
    await _letter(page, 2, to=NEW_LONG)
    yield "letter to who has lost the account"
    await page.goto(undo)
    yield "damaged link to an account"


async def _of_a_code(site: Postern, page: Page) -> AsyncIterator[str]:
    sent = await site.do(REQUEST_CODE, email=LONG)
    link = await link_in(await _letter(page, 8))
    yield "letter with a code"
    await page.goto(link)
    yield "code shown elsewhere"
    app = await set_up(site, await with_code(site, sent["ticket"], link.rpartition("=")[2]))
    await begin_by_code(site, page, LONG)
    await page.goto(await newest_link(page, 10, LONG))
    yield "code filled in"
    await _click_on_to(page, "textbox")
    yield "second factor after a code"
    await page.get_by_role("textbox").fill("not it")
    await _click_on_to(page, "alert")
    yield "wrong second factor after a code"
    await page.get_by_role("textbox").fill(app.recovery_codes[0])
    await _click(page)
    yield "logged in by a code"
    await begin_by_code(site, page, LONG)
    await page.goto(await newest_link(page, 12, LONG))
    await LoginTicket.all().update(expires_at=datetime.now(UTC))
    await _click(page)
    yield "expired code"
    await page.goto("/login-code?code=x")
    yield "damaged code"


async def _click_on_to(page: Page, role: Literal["textbox", "alert"]) -> None:
    await page.get_by_role("button").click()
    await page.get_by_role(role).wait_for()
