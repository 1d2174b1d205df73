"""The start page and the mailbox, on a phone and on a desk."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.mailbox import newest_letter
from tests.browser.test_pages import BRIGHTNESS, LEAST_CONTRAST, SCHEMES
from tests.browser.visitors import Visit
from tests.support.postern import Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

LONG = "maximilian.von-der-langen-strasse@accounts.example-company.org"
LABELS = "spans => spans.every(span => span.getClientRects().length === 1 && span.offsetHeight < 40)"
WIDTHS = pytest.mark.parametrize("width", [390, 1280])
LOCALES = pytest.mark.parametrize("locale", ["en", "de", "fr"])


async def overflow(page: Page) -> list[str]:
    """The addresses of whatever is wider than its room, frames included."""
    wide = "document.documentElement.scrollWidth > innerWidth"
    return [frame.url for frame in page.frames if await frame.evaluate(wide)]


@WIDTHS
@LOCALES
async def test_the_start_page_fits_and_is_legible_with_and_without_letters(
    site: Postern, visit: Visit, width: int, locale: str
) -> None:
    visitor = await visit(site, viewport={"width": width, "height": 800}, locale=locale, reduced_motion="reduce")
    page = await visitor.open("/")
    for letters in (0, 1):
        if letters:
            await site.register(LONG, locale=locale)
            await newest_letter(page)
            await page.goto("/")
        await expect(page.locator(".letters li")).to_have_count(letters)
        await expect(page.locator("html")).to_have_attribute("lang", locale)
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            assert await overflow(page) == []
            assert (await page.evaluate(BRIGHTNESS) < 40) == (scheme == "dark")
            assert await page.evaluate(LEAST_CONTRAST) >= 4.5


@WIDTHS
@LOCALES
async def test_a_letter_is_shown_whole_without_a_second_scroll_bar(
    site: Postern, visit: Visit, width: int, locale: str
) -> None:
    visitor = await visit(site, viewport={"width": width, "height": 800})
    page = await visitor.open("/mailbox")
    await site.register(LONG, locale=locale)
    letter = await newest_letter(page)
    await letter.get_by_role("heading").wait_for()
    assert await overflow(page) == []
    frame = page.frames[1]
    content, room = await frame.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert content <= room
    card = await letter.locator(".card").bounding_box()
    assert card
    assert card["width"] >= min(width - 40, 550)
    assert await page.locator("dd > span").evaluate_all(LABELS)


@WIDTHS
async def test_addresses_in_the_mailbox_break_between_their_labels(site: Postern, visit: Visit, width: int) -> None:
    page = await (await visit(site, viewport={"width": width, "height": 800})).open("/mailbox")
    await site.register(LONG)
    await newest_letter(page)
    await page.get_by_role("main").get_by_role("link").first.click()
    await page.locator(".letters").wait_for()
    assert await overflow(page) == []
    assert await page.locator(".letters span span").count() == 5
    assert await page.locator(".letters span span").evaluate_all(LABELS)


async def test_from_the_start_page_and_back(site: Postern, visit: Visit) -> None:
    page = await (await visit(site)).open("/")
    ways = page.get_by_role("navigation")
    await ways.get_by_role("link", name="Mailbox").click()
    await expect(page.get_by_role("heading")).to_have_text("No emails yet")
    await ways.get_by_role("link", name="Start").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Postern is running")
    await page.get_by_role("main").get_by_role("link", name="Open GraphiQL").click()
    await page.get_by_role("button", name="Execute query").wait_for()
    await page.go_back()
    await page.get_by_role("link", name="Log in").click()
    await expect(page.get_by_role("tab", selected=True)).to_contain_text("LogIn")
    await page.get_by_role("link", name="Postern").click()
    await page.get_by_role("link", name="Staying logged in").click()
    await expect(page.get_by_text("# Staying logged in")).to_be_visible()
    assert await overflow(page) == []
