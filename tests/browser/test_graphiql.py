"""GraphiQL at /graphql"""

import re
from typing import Literal

import pytest
import strawberry.http.ides
from graphql import FieldNode, OperationDefinitionNode, parse
from playwright.async_api import expect
from strawberry.types.base import StrawberryObjectDefinition

import schema
import web.graphiql
from schema.permissions import SignedIn
from tests.browser.graphiql import GraphiQL, open_graphiql
from tests.browser.test_pages import LEAST_CONTRAST, SCHEMES
from tests.browser.visitors import Visit
from tests.support.postern import EMAIL, Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

SCHEMA = schema.build()
ON_ACCENT = {"light": "rgb(255, 255, 255)", "dark": "rgb(11, 31, 26)"}
TOO_WIDE = """names => names
  .filter((name) => name.scrollWidth > name.clientWidth || name.offsetHeight > 25)
  .map((name) => name.textContent)"""
LINES_IN_VIEW = """lines => {
  const room = lines[0].closest(".CodeMirror").getBoundingClientRect().bottom;
  return lines.filter((line) => line.getBoundingClientRect().bottom <= room).length;
}"""


def signed_in_only(document: str) -> bool:
    """Whether an operation asks for a field that only who is signed in may ask for."""
    operation = next(each for each in parse(document).definitions if isinstance(each, OperationDefinitionNode))
    root = SCHEMA.get_type_by_name(operation.operation.value.capitalize())
    assert isinstance(root, StrawberryObjectDefinition)
    asked = {each.name.value for each in operation.selection_set.selections if isinstance(each, FieldNode)}
    fields = [each for each in root.fields if SCHEMA.config.name_converter.get_graphql_name(each) in asked]
    return any(issubclass(each, SignedIn) for field in fields for each in field.permission_classes)


async def test_every_tab_runs_as_it_is(site: Postern, visit: Visit) -> None:
    graphiql = await open_graphiql(await visit(site))
    await graphiql.run("Register", '"Registered"')
    await graphiql.run("ResendConfirmation", '"ConfirmationSent"')
    await graphiql.run("ConfirmEmail", '"InvalidToken"')
    await graphiql.run("LogIn", '"EmailNotConfirmed"')
    await graphiql.run("Me", '"UNAUTHENTICATED"')


async def test_every_operation_of_the_menu_runs_as_it_is(site: Postern, visit: Visit) -> None:
    graphiql = await open_graphiql(await visit(site))
    operations = [operation for group in web.graphiql.groups() for operation in group.operations]
    for operation in operations:
        await graphiql.choose(operation.name)
        answer = '"providers": []' if operation.name == "Providers" else '"__typename"'
        await graphiql.executed('"UNAUTHENTICATED"' if signed_in_only(operation.document) else answer)
    await expect(graphiql.page.get_by_role("tab")).to_have_count(len(operations))


async def test_the_menu_works_by_keyboard_alone(site: Postern, visit: Visit) -> None:
    graphiql = await open_graphiql(await visit(site))
    menu, press = graphiql.page.get_by_role("navigation", name="Operations"), graphiql.page.keyboard.press
    await graphiql.button("Operations").focus()
    await press("Enter")
    await expect(graphiql.button("Operations")).to_have_attribute("popovertarget", "operations")
    await expect(menu.get_by_role("heading")).to_have_count(len(web.graphiql.groups()))
    await press("Escape")
    await expect(menu).to_be_hidden()
    await expect(graphiql.button("Operations")).to_be_focused()

    await press("Enter")
    for _ in range(6):
        await press("Tab")
    await expect(menu.get_by_role("button", name="Refresh")).to_be_focused()
    await press("Enter")
    await expect(menu).to_be_hidden()
    await expect(graphiql.page.get_by_role("tab", selected=True)).to_contain_text("Refresh")
    await expect(graphiql.query).to_contain_text("mutation Refresh")
    await expect(graphiql.query.get_by_role("textbox")).to_be_focused()


@pytest.mark.parametrize("name", ["LogIn", "RequestEmailChange"])  # has a tab already, has none
async def test_a_link_to_an_operation_opens_its_tab(site: Postern, visit: Visit, name: str) -> None:
    graphiql = GraphiQL(await (await visit(site)).open(f"/graphql#{name}"))
    await graphiql.ready(name)
    await expect(graphiql.query).to_contain_text(f"mutation {name}")
    await expect(graphiql.pane("Variables")).to_contain_text(EMAIL if name == "LogIn" else "ann@new.example.com")
    count = await graphiql.page.get_by_role("tab").count()
    assert count == (5 if name == "LogIn" else 6)

    await graphiql.open("Me")
    await graphiql.kept("tabState", '"activeTabIndex":4')
    await graphiql.page.reload()
    await graphiql.ready("Me")  # the link has done its work
    await graphiql.page.goto(f"/graphql#{name}")
    await graphiql.ready(name)
    await graphiql.page.goto("/graphql#Nothing")
    await expect(graphiql.page.get_by_role("tab", selected=True)).to_contain_text(name)
    await expect(graphiql.page.get_by_role("tab")).to_have_count(count)


async def test_the_bar_leads_to_the_start_page_the_mailbox_and_the_login(site: Postern, visit: Visit) -> None:
    graphiql = await open_graphiql(await visit(site))
    ways = graphiql.page.get_by_role("banner").get_by_role("link")
    assert await ways.evaluate_all("links => links.map(link => [link.innerText, link.pathname])") == [
        ["Postern", "/"],
        ["Start", "/"],
        ["Mailbox", "/mailbox"],
    ]
    await expect(graphiql.status).to_have_text("Not signed in")
    await graphiql.button("Log in").click()
    await graphiql.ready("LogIn")


async def test_on_a_phone_the_panes_stand_below_one_another_and_nothing_scrolls_sideways(
    site: Postern, visit: Visit
) -> None:
    phone = await visit(site, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    graphiql = await open_graphiql(phone)
    await graphiql.choose("Export")
    await graphiql.executed('"UNAUTHENTICATED"')
    await expect(graphiql.page.get_by_role("tab", selected=True)).to_be_in_viewport()
    await graphiql.open("LogIn")
    assert await graphiql.pane("Variables").locator(".CodeMirror-line").evaluate_all(LINES_IN_VIEW) >= 5
    upper, lower = await graphiql.query.bounding_box(), await graphiql.result.bounding_box()
    assert upper
    assert lower
    assert min(upper["width"], lower["width"]) > 300
    assert lower["y"] >= upper["y"] + upper["height"]
    assert await graphiql.page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    await graphiql.button("Operations").click()
    menu = await graphiql.page.get_by_role("navigation", name="Operations").bounding_box()
    assert menu
    assert 0 <= menu["x"] <= menu["x"] + menu["width"] <= 390
    assert menu["y"] + menu["height"] <= 844


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_bar_and_menu_are_as_light_or_dark_as_the_reader_likes_and_legible(
    site: Postern, visit: Visit, scheme: Literal["light", "dark"]
) -> None:
    visitor = await visit(site, color_scheme=scheme, reduced_motion="reduce")
    graphiql = await open_graphiql(visitor)
    await graphiql.button("Operations").click()
    await graphiql.page.mouse.move(0, 0)
    assert await graphiql.page.locator("#operations strong").evaluate_all(TOO_WIDE) == []
    paper = await graphiql.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", paper))) < 40) == (scheme == "dark")
    for part in ("header", "#operations", ".graphiql-query-editor", ".graphiql-editor-tools"):
        assert (
            await graphiql.page.evaluate(LEAST_CONTRAST.replace("document.body", f"document.querySelector('{part}')"))
            >= 4.5
        ), part
    await expect(graphiql.execute.locator("svg")).to_have_css("color", ON_ACCENT[scheme])


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
