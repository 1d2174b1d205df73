"""A walk through the pages on which people register, log in and look after their account."""

import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Locator, Page

from models import TotpSecret
from settings import ROOT
from tests.browser.mailbox import newest_link
from tests.support.factors import App
from tests.support.postern import EMAIL, PASSWORD

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text() if (ROOT / "node_modules/axe-core").is_dir() else ""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LARGEST_PAGE = 60_000  # bytes


async def violations(page: Page) -> list[str]:
    """What axe-core has against a page, by the success criteria of WCAG 2.2 AA."""
    assert AXE, "npm ci brings axe-core"
    await page.evaluate(f"{AXE}; undefined")
    found = await page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    return [
        f"{one['id']}: {node['html']} {node['failureSummary']}" for one in found["violations"] for node in one["nodes"]
    ]


async def typed(page: Page, button: str, **fields: str) -> None:
    """Fills a form in and sends it, with keys alone."""
    for name, value in fields.items():
        await page.locator(f"#{name}").focus()
        await page.keyboard.press("ControlOrMeta+A")
        await page.keyboard.type(value)
    await followed(page.get_by_role("main").get_by_role("button", name=button, exact=True))


async def followed(link: Locator) -> None:
    """Presses a link or a button, until the next page is there."""
    async with link.page.expect_navigation():
        await link.press("Enter")


async def every_page(page: Page, folder: Path) -> AsyncIterator[str]:
    """All of them, in the order of an account's life; `folder` is where its data is downloaded to."""
    await page.goto("/register")
    yield "registering"
    await typed(page, "Register", email="ann@example", password="password123")
    yield "registering refused"
    await typed(page, "Register", email=EMAIL, name="Ann Lee", password=PASSWORD)
    yield "registered"
    await page.goto("/register/again")
    yield "letter again"
    await page.goto("/login")
    await typed(page, "Log in", email=EMAIL, password=PASSWORD)
    yield "not confirmed"
    await page.goto(await newest_link(page))
    await followed(page.get_by_role("button"))
    await followed(page.get_by_role("link", name="Log in"))
    yield "logging in"
    await typed(page, "Log in", email=EMAIL, password="wrong")
    yield "logging in refused"
    await page.goto("/forgot-password")
    yield "forgotten"
    await page.goto("/forgot-password/sent")
    yield "link to a new password sent"
    await page.goto("/login/code")
    yield "code by mail"
    await page.goto("/login/code/enter")
    yield "entering a code"
    await page.goto("/account/password")
    yield "log in first"
    await typed(page, "Log in", email=EMAIL, password=PASSWORD)
    async for name in _settings(page):
        yield name
    async for name in _second_factor(page):
        yield name
    await page.goto("/account/data")
    yield "data"
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Download").click()
    await (await downloading.value).save_as(folder / "account.json")
    await page.goto("/account/delete")
    yield "farewell"
    await page.get_by_label("Yes, delete").press("Space")
    await typed(page, "Delete account", password=PASSWORD)
    yield "deleted"


async def _settings(page: Page) -> AsyncIterator[str]:
    yield "password"
    await page.goto("/account")
    yield "account"
    for name in ("Name and language", "Email address", "Passkeys", "Where you are logged in", "What has happened"):
        await followed(page.get_by_role("link", name=name))
        await page.get_by_role("heading", name=name).wait_for()
        yield name
        await followed(page.get_by_role("link", name="Your account"))
    await page.goto("/account/profile")
    await typed(page, "Save", name="Ann")
    yield "profile saved"
    await page.goto("/login?return_to=//evil.example")
    yield "unknown return"
    await page.goto("/login")
    yield "logged in already"


async def _second_factor(page: Page) -> AsyncIterator[str]:
    await page.goto("/account/second-factor")
    yield "second factor"
    await followed(page.get_by_role("button", name="Set up an app"))
    yield "app"
    key = re.sub(r"\s", "", await page.locator(".secret").inner_text())
    app = App(base64.b32decode(key), [])
    await typed(page, "Switch on", code=app.code())
    yield "recovery codes"
    await followed(page.get_by_role("link", name="I have put them away"))
    yield "second factor on"
    await page.goto("/logout")
    yield "logging out"
    await followed(page.get_by_role("button", name="Log out"))
    yield "logged out"
    await typed(page, "Log in", email=EMAIL, password=PASSWORD)
    yield "second step"
    await TotpSecret.all().update(last_step=0)
    await typed(page, "Log in", code=app.code())
    yield "account with a second factor"
