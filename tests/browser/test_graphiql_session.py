"""Who is signed in at GraphiQL, and where the tokens are"""

import pytest
from playwright.async_api import expect

from models import Session
from tests.browser.graphiql import GraphiQL, open_graphiql
from tests.browser.test_cookie_mode import confirm
from tests.browser.visitors import Visit
from tests.support.account import REVOKE_OTHERS
from tests.support.postern import EMAIL, ME, PASSWORD, Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

SIGNED_IN = f"Signed in as {EMAIL}"
AN_HOUR = 3_600_000  # milliseconds


def credentials(email: str, password: str) -> str:
    """Variables that somebody has typed."""
    return f'{{"input": {{"email": "{email}", "password": "{password}"}}}}'


async def log_in(graphiql: GraphiQL, password: str = PASSWORD) -> str:
    """The token in the headers of "Me", once Ann has logged in."""
    await graphiql.open("LogIn")
    await graphiql.page.get_by_role("button", name="Variables", exact=True).click()
    await graphiql.paste("Variables", credentials(EMAIL, password))
    await graphiql.executed('"LoggedIn"')
    await expect(graphiql.status).to_have_text(SIGNED_IN)
    await graphiql.open("Me")
    await expect(graphiql.pane("Headers")).to_contain_text("Bearer")
    return await graphiql.token()


async def tokens(graphiql: GraphiQL, *names: str) -> set[str]:
    """What stands in the headers of these tabs."""
    found = set()
    for name in names:
        await graphiql.open(name)
        await graphiql.page.get_by_role("button", name="Headers", exact=True).click()
        found.add(await graphiql.token())
    return found


@pytest.fixture
async def graphiql(site: Postern, visit: Visit) -> GraphiQL:
    """GraphiQL, and Ann has an account."""
    visitor = await visit(site)
    await confirm(site, visitor)
    return await open_graphiql(visitor)


async def test_after_logging_in_every_tab_has_the_token(site: Postern, graphiql: GraphiQL) -> None:
    token = await log_in(graphiql)
    assert (await site.ask(ME, token=token))["data"]["me"]["email"] == EMAIL
    await graphiql.choose("Sessions")
    await graphiql.executed('"current": true')
    await graphiql.page.get_by_role("button", name="Add tab").click()
    await graphiql.paste("Query Editor", "query Mine { me { locale } }")
    await graphiql.ready("Mine")
    await graphiql.executed('"locale": "en"')
    assert await tokens(graphiql, "Register", "LogIn", "Me", "Sessions", "Mine") == {token}


async def test_after_refreshing_every_tab_has_the_new_token(site: Postern, graphiql: GraphiQL) -> None:
    first = await log_in(graphiql)
    await graphiql.choose("Refresh")
    await graphiql.executed('"Refreshed"')
    (second,) = await tokens(graphiql, "Register", "Me", "Refresh")
    assert second not in ("", first)
    await graphiql.run("Refresh", '"Refreshed"')  # the next refresh token is in the variables by now
    assert second not in await tokens(graphiql, "Me")
    await graphiql.run("Me", f'"email": "{EMAIL}"')


async def test_other_headers_of_a_tab_stay(site: Postern, graphiql: GraphiQL) -> None:
    await graphiql.open("Me")
    await graphiql.paste("Headers", '{"X-Request-ID": "mine"}')
    await graphiql.executed('"UNAUTHENTICATED"')
    await graphiql.kept("queries", "me")  # by now GraphiQL knows the tab's headers too
    await log_in(graphiql)
    await expect(graphiql.pane("Headers")).to_contain_text('"X-Request-ID": "mine"')
    await graphiql.button("Sign out").click()
    await expect(graphiql.pane("Headers")).not_to_contain_text("Bearer")
    await expect(graphiql.pane("Headers")).to_contain_text('"X-Request-ID": "mine"')


async def test_signing_out_closes_the_session_and_takes_its_token_from_every_tab(
    site: Postern, graphiql: GraphiQL
) -> None:
    elsewhere = await site.login()
    token = await log_in(graphiql)
    sessions = await Session.all().count()
    await graphiql.button("Sign out").click()
    await expect(graphiql.status).to_have_text("Not signed in")
    assert await tokens(graphiql, "Me", "Register", "LogIn") == {""}
    assert await Session.all().count() == sessions - 1
    assert (await site.ask(ME, token=token))["data"]["me"] is None
    assert (await site.ask(ME, token=elsewhere["accessToken"]))["data"]["me"]["email"] == EMAIL
    assert await graphiql.page.evaluate("sessionStorage.length") == 0


async def test_the_logout_operation_signs_out_too(site: Postern, graphiql: GraphiQL) -> None:
    await log_in(graphiql)
    await graphiql.choose("LogOut")
    await graphiql.executed('"LoggedOut"')
    await expect(graphiql.status).to_have_text("Not signed in")
    assert await tokens(graphiql, "Me", "LogOut") == {""}


async def test_an_expired_token_is_noticed_and_can_be_refreshed(site: Postern, visit: Visit) -> None:
    visitor = await visit(site)
    await confirm(site, visitor)
    await visitor.context.clock.install()
    graphiql = await open_graphiql(visitor)
    first = await log_in(graphiql)
    await visitor.context.clock.fast_forward(AN_HOUR)
    await expect(graphiql.status).to_have_text(f"The access token of {EMAIL} has expired")
    assert await tokens(graphiql, "Me") == {first}

    await graphiql.button("Refresh").click()
    await expect(graphiql.button("Refresh")).to_be_visible()  # this clock is ahead of the server's
    assert first not in await tokens(graphiql, "Me")
    await graphiql.run("Me", f'"email": "{EMAIL}"')


async def test_a_refused_token_is_noticed_and_leads_back_to_logging_in(site: Postern, graphiql: GraphiQL) -> None:
    elsewhere = await site.login()
    await log_in(graphiql)
    await site.ask(REVOKE_OTHERS, token=elsewhere["accessToken"])
    await graphiql.run("Me", '"UNAUTHENTICATED"')
    await expect(graphiql.status).to_have_text(f"The server refuses the token of {EMAIL}")
    await graphiql.button("Refresh").click()
    await expect(graphiql.status).to_have_text(f"The session of {EMAIL} is over")
    assert await tokens(graphiql, "Me", "Register") == {""}

    await graphiql.button("Log in").click()
    await expect(graphiql.page.get_by_role("tab", selected=True)).to_contain_text("LogIn")
    await log_in(graphiql)
    assert (await site.ask(ME, token=elsewhere["accessToken"]))["data"]["me"]["email"] == EMAIL


async def test_loading_the_page_anew_keeps_signed_in_and_another_browser_tab_is_not(
    site: Postern, graphiql: GraphiQL
) -> None:
    token = await log_in(graphiql)
    await graphiql.choose("Refresh")
    await graphiql.kept("tabState", "mutation Refresh")
    await graphiql.page.reload()
    await expect(graphiql.status).to_have_text(SIGNED_IN)
    await expect(graphiql.pane("Variables")).to_contain_text('"refreshToken": "ey')
    assert await tokens(graphiql, "Me", "Register") == {token}
    await graphiql.run("Me", f'"email": "{EMAIL}"')

    other = GraphiQL(await graphiql.page.context.new_page())
    await other.page.goto("/graphql")
    await expect(other.status).to_have_text("Not signed in")
    await other.run("Me", '"UNAUTHENTICATED"')
