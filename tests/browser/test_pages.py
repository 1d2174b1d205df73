"""How the pages look and behave, whatever browser and reader there is."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.mailbox import newest_letter, newest_link
from tests.browser.test_links import expire_links
from tests.postern import Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

LONG = f"{'bartholomew-' * 5}@{'accounts-department-' * 3}of.{'a-very-long-name' * 3}.example.com"

# The least contrast of any text with its background, by the formula of WCAG 2.2.
LEAST_CONTRAST = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => numbers(color).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return numbers(color)[3] === 0 && element.parentElement ? paper(element.parentElement) : color;
  };
  const texts = [...document.body.querySelectorAll("*")].filter((element) =>
    element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  return Math.min(...texts.map((element) => {
    const [dark, bright] = [light(getComputedStyle(element).color), light(paper(element))].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  }));
}"""
BRIGHTNESS = "() => Math.max(...getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).map(Number))"


async def every_page(site: Postern, page: Page, locale: str = "en") -> AsyncIterator[str]:
    """Goes through all pages, one after the other, with an address that is as long as they come."""
    await page.goto("/mailbox")
    yield "empty mailbox"
    await site.register(LONG, locale=locale)
    letter = await newest_letter(page)
    await letter.get_by_role("link").first.wait_for()
    yield "letter"
    await page.get_by_role("navigation").get_by_role("link").last.click()
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
    await page.get_by_role("button").click()
    await page.get_by_role("button").wait_for(state="detached")
    yield "new letter sent"
    new = await newest_link(page, 2)
    await page.goto(new)
    await page.get_by_role("button").click()
    await page.get_by_role("button").wait_for(state="detached")
    yield "confirmed"
    await page.goto(new)
    yield "used link"
    await page.goto("/confirm-email?token=x")
    yield "damaged link"
    await page.goto("/nowhere")
    yield "error"


async def test_the_link_works_without_javascript_and_by_keyboard_alone(site: Postern, visit: Visit) -> None:
    visitor = await visit(site, java_script_enabled=False)
    await site.register()
    page = await visitor.open("/mailbox")
    await page.goto(await newest_link(page))

    await page.keyboard.press("Tab")
    button = page.get_by_role("button", name="Yes, confirm")
    await expect(button).to_be_focused()
    await expect(button).to_have_css("outline-style", "solid")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading")).to_have_text("Your address is confirmed")
    assert (await site.login())["__typename"] == "LoggedIn"


async def test_nothing_scrolls_sideways_on_a_narrow_phone(site: Postern, visit: Visit) -> None:
    visitor = await visit(site, viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
    page = await visitor.open("/mailbox")
    async for name in every_page(site, page):
        for frame in page.frames:
            wide, room = await frame.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide <= room <= 360, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_as_light_or_dark_as_the_reader_likes_and_legible(
    site: Postern, visit: Visit, scheme: str
) -> None:
    visitor = await visit(site, color_scheme=scheme)
    page = await visitor.open("/mailbox")
    async for name in every_page(site, page):
        assert (await page.evaluate(BRIGHTNESS) < 40) == (scheme == "dark"), name
        for frame in page.frames:
            assert await frame.evaluate(LEAST_CONTRAST) >= 4.5, name


async def test_every_page_speaks_the_browsers_language(site: Postern, visit: Visit) -> None:
    visitor = await visit(site, locale="de-AT")
    page = await visitor.open("/mailbox")
    titles = {}
    async for name in every_page(site, page, locale="de"):
        await expect(page.locator("html")).to_have_attribute("lang", "de")
        titles[name] = await page.get_by_role("heading").inner_text()
    assert titles["empty mailbox"] == "Noch keine E-Mails"
    assert titles["letter"] == "Bestätigen Sie Ihre E-Mail-Adresse für Postern"
    assert titles["link"] == "E-Mail-Adresse bestätigen"
    assert titles["confirmed"] == "Ihre Adresse ist bestätigt"
    assert titles["error"] == "Hier gibt es nichts zu sehen"


async def test_an_address_that_is_none_of_ours_gets_a_page_with_the_status_404(site: Postern, visit: Visit) -> None:
    page = await (await visit(site)).open("/mailbox")
    answer = await page.goto("/nowhere")
    assert answer
    assert answer.status == 404
    await expect(page.get_by_role("heading")).to_have_text("Nothing to see here")
