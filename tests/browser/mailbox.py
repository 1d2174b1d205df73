"""The development mailbox, as a visitor uses it."""

import asyncio

from playwright.async_api import FrameLocator, Page

PATIENCE_SECONDS = 20


async def newest_letter(page: Page, count: int = 1) -> FrameLocator:
    """Opens the mailbox until it holds so many letters, then the newest of them."""
    await page.goto("/mailbox")
    letters = page.get_by_role("main").get_by_role("listitem")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await letters.count() < count:
            await page.reload()
    await letters.first.get_by_role("link").click()
    return page.frame_locator("iframe")


async def newest_link(page: Page, count: int = 1) -> str:
    """The link in the newest of so many letters."""
    letter = await newest_letter(page, count)
    return str(await letter.get_by_role("link").first.get_attribute("href"))
