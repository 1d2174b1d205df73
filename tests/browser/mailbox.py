"""The development mailbox, as a visitor uses it."""

import asyncio

from playwright.async_api import FrameLocator, Page

PATIENCE_SECONDS = 20


async def newest_letter(page: Page, count: int = 1, to: str = "") -> FrameLocator:
    """Opens the mailbox until it holds so many letters, of those to an address, then the newest of them."""
    await page.bring_to_front()  # a click in a tab behind another may open none
    await page.goto("/mailbox")
    letters = page.get_by_role("main").get_by_role("listitem").filter(has_text=to)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await letters.count() < count:
            await page.reload()
    await letters.first.get_by_role("link").click()
    return page.frame_locator("iframe")


async def link_in(letter: FrameLocator) -> str:
    """The link of a letter's button."""
    return str(await letter.get_by_role("link").first.get_attribute("href"))


async def newest_link(page: Page, count: int = 1, to: str = "") -> str:
    """The link in the newest of so many letters."""
    return await link_in(await newest_letter(page, count, to))


async def follow(page: Page, letter: FrameLocator, button: str) -> Page:
    """Clicks a letter's button; gives back the tab that this opens."""
    async with page.context.expect_page() as opened:
        await letter.get_by_role("link", name=button, exact=True).click()
    return await opened.value
