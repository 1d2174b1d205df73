"""GraphiQL, as a visitor uses it."""

import asyncio
import re
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from tests.browser.visitors import Visitor

PATIENCE_SECONDS = 20


@dataclass
class GraphiQL:
    """The page at /graphql in a browser's tab."""

    page: Page

    @property
    def query(self) -> Locator:
        """The pane with the operation."""
        return self.page.get_by_role("region", name="Query Editor")

    @property
    def result(self) -> Locator:
        """The pane with the answer."""
        return self.page.get_by_role("region", name="Result Window")

    @property
    def execute(self) -> Locator:
        """The button that runs the operation."""
        return self.page.get_by_role("button", name="Execute query")

    @property
    def status(self) -> Locator:
        """What the bar says about who is signed in."""
        return self.page.get_by_role("banner").get_by_role("status")

    def button(self, name: str) -> Locator:
        """One of the bar's buttons."""
        return self.page.get_by_role("banner").get_by_role("button", name=name, exact=True)

    def pane(self, name: str) -> Locator:
        """The lines of Variables or Headers, whichever is shown."""
        return self.page.get_by_role("region", name=name).locator(".CodeMirror-code").filter(visible=True)

    def tab(self, name: str) -> Locator:
        """One of the operations' tabs."""
        return self.page.get_by_role("tablist").get_by_role("button", name=name, exact=True)

    async def open(self, name: str) -> None:
        """Goes to a tab; comes back as soon as GraphiQL has read which operation it holds, and so can run it."""
        await self.tab(name).click()
        await self.ready(name)

    async def choose(self, name: str) -> None:
        """Opens an operation of the menu; comes back as `open` does."""
        await self.button("Operations").click()
        await self.page.get_by_role("navigation", name="Operations").locator(f"[data-name={name}]").click()
        await self.ready(name)

    async def token(self) -> str:
        """The access token in the headers that are shown, or nothing."""
        text = (await self.pane("Headers").inner_text()).replace("\xa0", " ")
        return next(iter(re.findall(r'"Authorization": "Bearer ([^"]+)"', text)), "")

    async def run(self, name: str, answer: str) -> str:
        """Runs a tab's operation with what is filled in there; gives back what has `answer`."""
        await self.open(name)
        return await self.executed(answer)

    async def executed(self, answer: str) -> str:
        """Runs what is shown; gives back what has `answer`."""
        await self.execute.click()
        await expect(self.result).to_contain_text(answer)
        return (await self.result.inner_text()).replace("\xa0", " ")  # the editor indents with no-break spaces

    async def paste(self, pane: str, text: str) -> None:
        """Replaces all that is in a pane."""
        await self.pane(pane).click()
        await self.page.keyboard.press("ControlOrMeta+A")
        await self.page.keyboard.insert_text(text)

    async def ready(self, name: str) -> None:
        """Comes back as soon as GraphiQL knows which operation is shown."""
        await expect(self.page.get_by_role("tab", selected=True)).to_contain_text(name)
        await self.kept("operationName", name, whole=True)

    async def kept(self, key: str, text: str, whole: bool = False) -> None:
        """Comes back as soon as the browser's storage holds a text; GraphiQL takes its time before it writes."""
        # Not wait_for_function: it evaluates strings, which the page's policy forbids.
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = await self.page.evaluate("key => localStorage[`postern:graphiql:${key}`] ?? ''", key)
                if text == found or (text in found and not whole):
                    return


async def open_graphiql(visitor: Visitor) -> GraphiQL:
    """GraphiQL in a new tab, with its documentation fetched."""
    graphiql = GraphiQL(await visitor.open("/graphql"))
    await graphiql.page.get_by_role("button", name="Show Documentation Explorer").wait_for()
    return graphiql
