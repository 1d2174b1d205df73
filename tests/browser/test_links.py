"""What opening the letter's link does, and what it leaves for the click."""

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.mailbox import newest_link
from tests.browser.pages import expire_links
from tests.browser.visitors import Serve, Visit
from tests.support.postern import EMAIL, Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]


async def registered(site: Postern, visit: Visit) -> tuple[Page, str]:
    """The tab and the link of somebody who has registered."""
    page = await (await visit(site)).open("/mailbox")
    await site.register()
    return page, await newest_link(page)


async def outcome_of_login(site: Postern) -> str:
    return str((await site.login())["__typename"])


async def test_opening_the_link_however_often_confirms_nothing(site: Postern, visit: Visit) -> None:
    page, link = await registered(site, visit)
    for _ in range(3):
        await page.goto(link)
        await page.reload()
    assert (await page.context.request.head(link)).ok
    assert await outcome_of_login(site) == "EmailNotConfirmed"


async def test_a_mail_program_that_fetches_the_link_beforehand_confirms_nothing(site: Postern, visit: Visit) -> None:
    page, link = await registered(site, visit)

    async def mail_program(route: Route) -> None:
        await route.fulfill(
            content_type="text/html", body=f'<link rel="icon" href="data:,"><link rel="prefetch" href="{link}">'
        )

    await page.route("**/mail-program", mail_program)
    async with page.context.expect_event("response", lambda response: response.url == link) as fetched:
        await page.goto("/mail-program")
    response = await fetched.value
    assert "prefetch" in (await response.request.all_headers())["sec-purpose"]
    assert response.ok
    assert await outcome_of_login(site) == "EmailNotConfirmed"


async def test_where_the_settings_say_so_opening_the_link_confirms(serve: Serve, visit: Visit) -> None:
    async with serve(confirm_on_get=True) as site:
        page, link = await registered(site, visit)
        assert (await page.context.request.head(link)).ok
        assert await outcome_of_login(site) == "EmailNotConfirmed"
        await page.goto(link)
        await expect(page.get_by_role("heading")).to_have_text("Your address is confirmed")
        assert await outcome_of_login(site) == "LoggedIn"


async def test_an_expired_links_page_sends_a_letter_whose_link_confirms(site: Postern, visit: Visit) -> None:
    page, link = await registered(site, visit)
    await expire_links()
    await page.goto(link)
    await expect(page.get_by_role("heading")).to_have_text("This link has expired")
    await page.get_by_role("button", name="Send a new link").click()
    await expect(page.get_by_role("heading")).to_have_text("A new email is on its way")
    assert await outcome_of_login(site) == "EmailNotConfirmed"

    new = await newest_link(page, 2)
    assert new != link
    await page.goto(new)
    await page.get_by_role("button").click()
    await expect(page.get_by_role("heading")).to_have_text("Your address is confirmed")
    assert await outcome_of_login(site) == "LoggedIn"


async def test_a_used_link_says_that_all_is_well(site: Postern, visit: Visit) -> None:
    page, link = await registered(site, visit)
    await page.goto(link)
    await page.get_by_role("button").click()
    await page.get_by_role("heading", name="Your address is confirmed").wait_for()
    for _ in range(2):
        await page.goto(link)
        await expect(page.get_by_role("heading")).to_have_text("Already confirmed")
        await expect(page.get_by_text(EMAIL)).to_be_visible()
        await expect(page.get_by_role("button")).to_have_count(0)


async def test_going_back_and_clicking_once_more_does_no_harm(site: Postern, visit: Visit) -> None:
    page, link = await registered(site, visit)
    await page.goto(link)
    await page.get_by_role("button").click()
    await page.get_by_role("heading", name="Your address is confirmed").wait_for()
    await page.go_back()
    await expect(page.get_by_role("heading")).to_have_text("Already confirmed")


async def test_a_damaged_link_gets_a_page_that_tells_what_to_do(site: Postern, visit: Visit) -> None:
    page = await (await visit(site)).open("/mailbox")
    for query in ("", "?token=", "?token=half-a-tok", "?token=%00%ff%F0%9F%9A%AA", "?token[]=x&token=<b>"):
        await page.goto(f"/confirm-email{query}")
        await expect(page.get_by_role("heading")).to_have_text("This link does not work")
        await expect(page.get_by_role("listitem")).to_have_count(2)
