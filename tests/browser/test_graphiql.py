"""GraphiQL at /graphql"""

import pytest
import strawberry.http.ides
from playwright.async_api import expect

import web.graphiql
from tests.browser.conftest import Visit
from tests.browser.graphiql import open_graphiql
from tests.postern import Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]


async def test_every_tab_runs_as_it_is(site: Postern, visit: Visit) -> None:
    graphiql = await open_graphiql(await visit(site))
    await graphiql.run("Register", '"Registered"')
    await graphiql.run("ResendConfirmation", '"ConfirmationSent"')
    await graphiql.run("ConfirmEmail", '"InvalidToken"')
    await graphiql.run("LogIn", '"EmailNotConfirmed"')
    await graphiql.run("Me", '"UNAUTHENTICATED"')


async def test_hurrying_from_tab_to_tab_breaks_nothing(site: Postern, visit: Visit) -> None:
    graphiql = await open_graphiql(await visit(site))
    for name in ["LogIn", "Me", "Register"] * 4:
        await graphiql.tab(name).dispatch_event("click")  # a real one would wait until the page is at rest
        await graphiql.execute.dispatch_event("click")
    await graphiql.run("Me", '"UNAUTHENTICATED"')


async def test_the_documentation_describes_every_operation(site: Postern, visit: Visit) -> None:
    page = (await open_graphiql(await visit(site))).page
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    documentation = page.get_by_role("region", name="Documentation Explorer")
    asked = await site.ask("{ __schema { types { name fields { name description } } } }")
    fields = {each["name"]: each["fields"] for each in asked["data"]["__schema"]["types"]}
    assert {"register", "resendConfirmation", "confirmEmail", "login"} <= {each["name"] for each in fields["Mutation"]}
    for root in ("Query", "Mutation"):
        await documentation.get_by_role("link", name=root, exact=True).click()
        for each in fields[root]:
            await expect(documentation).to_contain_text(each["name"])
            await expect(documentation).to_contain_text(each["description"].replace("`", ""))  # it is Markdown
        await documentation.get_by_role("link", name="Docs").click()


async def test_who_comes_back_finds_the_tabs_as_they_were(site: Postern, visit: Visit) -> None:
    visitor = await visit(site)
    graphiql = await open_graphiql(visitor)
    await graphiql.open("LogIn")
    await graphiql.paste("Query Editor", "query Mine { me { name } }")
    await expect(graphiql.tab("Mine")).to_be_visible()
    await graphiql.kept("tabState", "Mine")
    await graphiql.page.close()

    again = await open_graphiql(visitor)
    await expect(again.page.get_by_role("tab", selected=True)).to_contain_text("Mine")
    await expect(again.query).to_contain_text("query Mine")
    await expect(again.page.get_by_role("tab")).to_have_count(5)


async def test_without_npms_files_the_page_is_strawberrys_own(site: Postern, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.graphiql, "assets", dict)
    answer = await site.http.get("/graphql", headers={"Accept": "text/html"})
    assert answer.text == strawberry.http.ides.get_graphql_ide_html()
    assert "https://unpkg.com" in answer.headers["Content-Security-Policy"]
