"""Our own pages in Chromium: a whole account life without JavaScript, for every reader, and passkeys with it"""

import json
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import expect

from models import Passkey, User
from tests.browser.frontend import frontend
from tests.browser.hosted import LARGEST_PAGE, every_page, followed, typed, violations
from tests.browser.keys import authenticator
from tests.browser.mailbox import newest_link
from tests.browser.visitors import Serve, Visit
from tests.docs.blocks import block
from tests.docs.reader import SERVER
from tests.support.postern import EMAIL, PASSWORD, Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HOSTED = block("docs/pages.md", "// hosted.js")
USE = block("docs/pages.md", 'import { logIn, resume } from "./hosted.js";')
RESUME = 'import("/hosted.js").then((module) => module.resume())'
GO = 'import("/hosted.js").then((module) => void module.{}())'
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"


async def test_a_whole_life_without_javascript_by_keyboard_and_on_the_narrowest_screen(
    site: Postern, visit: Visit, tmp_path: Path
) -> None:
    """320 px is as wide as 1280 px are at 400 % (WCAG 2.2, 1.4.10)."""
    visitor = await visit(site, java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = await visitor.context.new_page()
    seen = []
    async for name in every_page(page, tmp_path):
        seen.append(name)
        assert (name, await page.evaluate(SIDEWAYS)) == (name, 0)
        assert len(await page.content()) < LARGEST_PAGE, name
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert len(seen) == len(set(seen)) > 25
    assert json.loads((tmp_path / "account.json").read_text())["account"]["canonical_email"] == EMAIL
    assert await User.all().count() == 0


async def test_axe_finds_nothing_on_any_page_light_or_dark(site: Postern, visit: Visit, tmp_path: Path) -> None:
    visitor = await visit(site, reduced_motion="reduce")  # no colours on their way to others
    page = await visitor.context.new_page()
    async for name in every_page(page, tmp_path):
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            assert (name, scheme, await violations(page)) == (name, scheme, [])


async def test_a_passkey_is_made_and_logs_in_by_the_button_and_from_the_suggestions(serve: Serve, visit: Visit) -> None:
    async with serve() as site:
        visitor = await visit(site)
        origin = site.settings.public_url.replace("127.0.0.1", "localhost")
        page = await visitor.context.new_page()
        await authenticator(page)
        await site.register()
        await site.confirm((await newest_link(page)).rpartition("=")[2])
        await page.goto(f"{origin}/login")
        await typed(page, "Log in", email=EMAIL, password=PASSWORD)
        await page.goto(f"{origin}/account/passkeys")
        await page.get_by_role("button", name="Add a passkey").click()
        assert await violations(page) == []
        await page.get_by_label("What it is called").fill("Phone")
        await page.get_by_role("button", name="Make the passkey").click()
        await expect(page.get_by_role("status")).to_contain_text("Your passkey is added.")
        assert (await Passkey.get()).name == "Phone"
        for _ in range(2):
            await page.goto(f"{origin}/logout")
            await page.get_by_role("button", name="Log out").click()
            # The suggestions answer at once here: this authenticator needs nobody to choose.
            await page.get_by_role("heading", name="Your account").wait_for()
        visitor.strays.clear()


async def test_a_frontend_goes_on_with_whom_the_pages_have_logged_in(serve: Serve, visit: Visit) -> None:
    scripts: dict[str, str] = {}
    async with frontend(scripts) as origin, serve(cors_origins=origin, return_urls=f"{origin}/welcome") as site:
        scripts["/hosted.js"] = HOSTED.text.replace(SERVER, site.settings.public_url)
        scripts["/use.js"] = USE.text
        visitor = await visit(site)
        page = await visitor.open("/mailbox")
        await site.register()
        await site.confirm((await newest_link(page)).rpartition("=")[2])
        await page.goto(origin)
        await page.evaluate('import("/use.js")')
        await followed(page.get_by_role("button", name="Log in"))
        await typed(page, "Log in", email=EMAIL, password=PASSWORD)
        assert page.url == f"{origin}/welcome"
        token = await page.evaluate(RESUME)
        assert (await site.ask("{ me { email } }", token=token))["data"] == {"me": {"email": EMAIL}}
        await page.evaluate(GO.format("settings"))
        await followed(page.get_by_role("link", name="Back", exact=True))
        await page.evaluate(GO.format("logOut"))
        await followed(page.get_by_role("button", name="Log out"))
        assert (page.url, await page.evaluate(RESUME)) == (f"{origin}/welcome", None)
        visitor.strays.clear()
