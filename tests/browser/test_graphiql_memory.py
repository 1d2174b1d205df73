"""What GraphiQL has learnt: filled in wherever it is needed, and no secret of it kept"""

import pytest
from playwright.async_api import expect

from tests.browser.graphiql import open_graphiql
from tests.browser.test_cookie_mode import confirm
from tests.browser.test_graphiql_session import credentials, log_in
from tests.browser.visitors import Visit
from tests.support.postern import EMAIL, PASSWORD, Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

OWN_PASSWORD = "an owl above the gate"


async def test_no_secret_outlives_the_browser_tab(site: Postern, visit: Visit) -> None:
    visitor = await visit(site)
    await confirm(site, visitor, OWN_PASSWORD)
    graphiql = await open_graphiql(visitor)
    token = await log_in(graphiql, OWN_PASSWORD)
    await graphiql.choose("Refresh")
    refresh_token = (await graphiql.pane("Variables").inner_text()).split('"')[5]
    assert refresh_token.startswith("ey")
    await graphiql.open("Me")
    inline = f'login(input: {{email: "{EMAIL}", password: "{OWN_PASSWORD}"}}) {{ __typename }}'
    await graphiql.paste("Query Editor", f"mutation Inline {{ {inline} }}")
    await graphiql.ready("Inline")
    await graphiql.executed('"LoggedIn"')
    await graphiql.kept("tabState", "Inline")
    await graphiql.kept("queries", "Inline")
    kept = await graphiql.page.evaluate("JSON.stringify(localStorage)")
    assert "Register" in kept
    assert EMAIL in kept
    for secret in (OWN_PASSWORD, token, refresh_token):
        assert secret not in kept


async def test_the_device_token_of_a_login_goes_into_the_next_and_is_not_kept(site: Postern, visit: Visit) -> None:
    visitor = await visit(site)
    await confirm(site, visitor)
    graphiql = await open_graphiql(visitor)
    answer = await graphiql.run("LogIn", '"LoggedIn"')
    device_token = answer.partition('"deviceToken": "')[2].partition('"')[0]
    assert device_token
    await expect(graphiql.pane("Variables")).to_contain_text(device_token)
    await graphiql.executed('"deviceToken": null')  # the server knows this device by now
    await expect(graphiql.pane("Variables")).to_contain_text(device_token)
    await graphiql.kept("tabState", "deviceToken")
    assert device_token not in await graphiql.page.evaluate("JSON.stringify(localStorage)")


async def test_the_address_that_was_registered_is_filled_in_where_it_is_needed(site: Postern, visit: Visit) -> None:
    graphiql = await open_graphiql(await visit(site))
    await graphiql.open("ResendConfirmation")
    await graphiql.paste("Variables", '{"input": {"email": "of-my-own@example.com"}}')
    await graphiql.kept("tabState", "of-my-own@example.com")
    await graphiql.open("Register")
    await graphiql.paste("Variables", credentials("bob@example.com", OWN_PASSWORD))
    await graphiql.executed('"Registered"')
    await graphiql.open("LogIn")
    for text in ("bob@example.com", OWN_PASSWORD):
        await expect(graphiql.pane("Variables")).to_contain_text(text)
    await graphiql.choose("RequestPasswordReset")
    await expect(graphiql.pane("Variables")).to_contain_text("bob@example.com")
    await graphiql.open("ResendConfirmation")
    await expect(graphiql.pane("Variables")).to_contain_text("of-my-own@example.com")


async def test_a_page_that_is_opened_while_another_one_is_being_stored_has_no_tab_twice(
    site: Postern, visit: Visit
) -> None:
    visitor = await visit(site)
    graphiql = await open_graphiql(visitor)
    await graphiql.open("LogIn")
    await graphiql.kept("variables", PASSWORD)
    await graphiql.kept("tabState", "LogIn")
    names = await graphiql.page.get_by_role("tablist").get_by_role("tab").all_inner_texts()
    await graphiql.page.evaluate(
        "() => { localStorage['postern:graphiql:query'] ="
        " JSON.parse(localStorage['postern:graphiql:tabState']).tabs.find(({ title }) => title === 'Me').query; }"
    )
    other = await open_graphiql(visitor)
    await expect(other.page.get_by_role("tab", selected=True)).to_contain_text("Me")
    assert await other.page.get_by_role("tablist").get_by_role("tab").all_inner_texts() == names
    await other.page.get_by_role("button", name="Variables", exact=True).click()
    await expect(other.pane("Variables")).not_to_contain_text(PASSWORD)
