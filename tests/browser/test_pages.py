"""How the pages look and behave, whatever browser and reader there is."""

from typing import Literal

import pytest
from playwright.async_api import expect

from tests.browser.mailbox import newest_link
from tests.browser.pages import every_page
from tests.browser.visitors import Visit
from tests.support.postern import Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

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
  const texts = [...document.body.querySelectorAll("*")].filter((element) => element.checkVisibility() &&
    (element.matches("input") || [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())));
  return Math.min(...texts.map((element) => {
    const [dark, bright] = [light(getComputedStyle(element).color), light(paper(element))].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  }));
}"""
BRIGHTNESS = "() => Math.max(...getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).map(Number))"


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


async def test_every_page_is_as_light_or_dark_as_the_reader_likes_and_legible(site: Postern, visit: Visit) -> None:
    visitor = await visit(site, reduced_motion="reduce")  # no colours on their way to others
    page = await visitor.open("/mailbox")
    async for name in every_page(site, page):
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            assert (await page.evaluate(BRIGHTNESS) < 40) == (scheme == "dark"), name
            for frame in page.frames:
                assert await frame.evaluate(LEAST_CONTRAST) >= 4.5, (name, scheme)


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
    assert titles["letter to choose a password"] == "Wählen Sie ein neues Passwort für Postern"
    assert titles["choosing a password"] == titles["advice on a password"] == "Neues Passwort wählen"
    assert titles["expired link to choose a password"] == titles["expired link to change the address"]
    assert titles["password chosen"] == "Ihr Passwort ist geändert"
    assert titles["changing the address"] == "Neue Adresse bestätigen"
    assert titles["address changed"] == "Ihre Adresse ist geändert"
    assert titles["undoing the change"] == "Alte Adresse behalten?"
    assert titles["change undone"] == "Die Änderung ist rückgängig gemacht"
    assert titles["damaged link to an account"] == titles["damaged link"]
    assert titles["letter with a code"] == "Ihr Code zum Anmelden bei Postern"
    assert titles["code shown elsewhere"] == "Ihr Code zum Anmelden"
    assert titles["code filled in"] == "Bei Postern anmelden?"
    assert titles["second factor after a code"] == titles["wrong second factor after a code"] == "Noch ein Schritt"
    assert titles["logged in by a code"] == "Sie sind angemeldet"
    assert titles["expired code"] == "Das hat zu lange gedauert"
    assert titles["error"] == "Hier gibt es nichts zu sehen"


async def test_an_address_that_is_none_of_ours_gets_a_page_with_the_status_404(site: Postern, visit: Visit) -> None:
    page = await (await visit(site)).open("/mailbox")
    answer = await page.goto("/nowhere")
    assert answer
    assert answer.status == 404
    await expect(page.get_by_role("heading")).to_have_text("Nothing to see here")
