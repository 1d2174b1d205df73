"""From registering to "who am I", with mouse and keyboard."""

import pytest
from playwright.async_api import expect

from tests.browser.graphiql import open_graphiql
from tests.browser.mailbox import newest_letter
from tests.browser.visitors import Visit
from tests.support.postern import EMAIL, Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def test_a_newcomer_registers_confirms_logs_in_and_is_known(site: Postern, visit: Visit) -> None:
    newcomer = await visit(site)
    graphiql = await open_graphiql(newcomer)
    await graphiql.run("Register", '"Registered"')
    await graphiql.run("LogIn", '"EmailNotConfirmed"')

    async with newcomer.context.expect_page() as opened:
        await graphiql.page.get_by_role("link", name="Mailbox").click()
    letter = await newest_letter(await opened.value)
    async with newcomer.context.expect_page() as opened:
        await letter.get_by_role("link", name="Confirm email address").click()
    confirming = await opened.value
    await expect(confirming.get_by_text(EMAIL)).to_be_visible()
    await expect(confirming.get_by_role("button")).to_have_count(1)
    await confirming.get_by_role("button", name="Yes, confirm").click()
    await expect(confirming.get_by_role("heading")).to_have_text("Your address is confirmed")

    await graphiql.page.bring_to_front()
    await expect(graphiql.status).to_have_text("Not signed in")
    await graphiql.run("LogIn", '"LoggedIn"')
    await expect(graphiql.status).to_have_text(f"Signed in as {EMAIL}")
    await graphiql.run("Me", f'"email": "{EMAIL}"')
