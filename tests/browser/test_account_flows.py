"""Another password and another address, by the letters' buttons and without JavaScript."""

import re

import pytest
from playwright.async_api import Page, expect

from models import User
from tests.browser.mailbox import follow, newest_letter, newest_link
from tests.browser.visitors import Visit
from tests.support.account import NEW_EMAIL, NEW_PASSWORD, REQUEST_CHANGE, REQUEST_RESET, works
from tests.support.postern import EMAIL, PASSWORD, Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def member(site: Postern, visit: Visit) -> Page:
    """The tab of somebody who has registered and confirmed."""
    page = await (await visit(site, java_script_enabled=False)).open("/mailbox")
    await site.register()
    await page.goto(await newest_link(page))
    await page.get_by_role("button").click()
    await expect(page.get_by_role("heading")).to_have_text("Your address is confirmed")
    return page


async def outcome_of_login(site: Postern, email: str = EMAIL, password: str = PASSWORD) -> str:
    return str((await site.login(email, password))["__typename"])


async def test_who_forgot_the_password_chooses_a_new_one_with_some_advice(site: Postern, visit: Visit) -> None:
    page = await member(site, visit)
    await site.do(REQUEST_RESET, email=EMAIL)
    choosing = await follow(page, await newest_letter(page, 2), "Choose a new password")
    await expect(choosing.get_by_text(EMAIL)).to_be_visible()
    field = choosing.get_by_label("New password")
    await choosing.keyboard.press("Tab")
    await expect(field).to_be_focused()
    await choosing.keyboard.type("password123")
    await choosing.keyboard.press("Enter")

    box, text = await choosing.get_by_role("alert").evaluate(
        "box => [box, box.querySelector('ul')].map(part => part.getBoundingClientRect().bottom)"
    )
    assert box - text == 12  # as above its first line
    advice = await choosing.get_by_role("alert").get_by_role("listitem").inner_text()
    await expect(choosing.get_by_text(EMAIL)).to_be_visible()
    await expect(field).to_be_focused()
    await expect(field).to_have_value("")
    await expect(field).to_have_accessible_description(re.compile(rf"{re.escape(advice)}.*At least 8 characters"))
    assert await outcome_of_login(site) == "LoggedIn"

    await choosing.keyboard.type(NEW_PASSWORD)
    await choosing.keyboard.press("Tab")
    await expect(choosing.get_by_role("button", name="Save password")).to_be_focused()
    await choosing.keyboard.press("Enter")
    await expect(choosing.get_by_role("heading")).to_have_text("Your password is changed")
    assert await outcome_of_login(site, password=NEW_PASSWORD) == "LoggedIn"
    assert await outcome_of_login(site) == "InvalidCredentials"


async def test_a_new_address_is_confirmed_from_its_letter_and_undone_from_the_old_ones(
    site: Postern, visit: Visit
) -> None:
    page = await member(site, visit)
    login = await site.login()
    await site.do(REQUEST_CHANGE, login["accessToken"], newEmail=NEW_EMAIL, password=PASSWORD)

    changing = await follow(page, await newest_letter(page, to=NEW_EMAIL), "Confirm new address")
    await expect(changing.get_by_text(NEW_EMAIL)).to_be_visible()
    assert await outcome_of_login(site, NEW_EMAIL) == "InvalidCredentials"
    await changing.get_by_role("button", name="Yes, confirm").click()
    await expect(changing.get_by_role("heading")).to_have_text("Your address is changed")
    assert await outcome_of_login(site, NEW_EMAIL) == "LoggedIn"
    assert await works(site, login)

    undoing = await follow(page, await newest_letter(page, 2, to=EMAIL), "Undo the change")
    await expect(undoing.get_by_text(EMAIL)).to_be_visible()
    assert await outcome_of_login(site) == "InvalidCredentials"
    await undoing.get_by_role("button", name="Undo the change").click()
    await expect(undoing.get_by_role("heading")).to_have_text("The change is undone")
    assert not await works(site, login)
    assert await outcome_of_login(site, NEW_EMAIL) == "InvalidCredentials"
    assert await outcome_of_login(site) == "InvalidCredentials", "until its owner has chosen a new password"
    assert (await User.get()).canonical_email == EMAIL
