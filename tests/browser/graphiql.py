"""GraphiQL, as a visitor uses it."""

import asyncio
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

    def tab(self, name: str) -> Locator:
        """One of the operations' tabs."""
        return self.page.get_by_role("tablist").get_by_role("button", name=name, exact=True)

    async def open(self, name: str) -> None:
        """Goes to a tab; comes back as soon as GraphiQL has read which operation it holds, and so can run it."""
        await self.tab(name).click()
        await self.kept("operationName", name)

    async def run(self, name: str, answer: str, headers: str | None = None) -> str:
        """Runs a tab's operation with what is filled in there, or with other headers; gives back what has `answer`."""
        await self.open(name)
        if headers is not None:
            await self.paste("Headers", headers)
        await self.execute.click()
        await expect(self.result).to_contain_text(answer)
        return (await self.result.inner_text()).replace("\xa0", " ")  # the editor indents with no-break spaces

    async def paste(self, pane: str, text: str) -> None:
        """Replaces all that is in a pane."""
        await self.page.get_by_role("region", name=pane).locator(".CodeMirror-code").filter(visible=True).click()
        await self.page.keyboard.press("ControlOrMeta+A")
        await self.page.keyboard.insert_text(text)

    async def kept(self, key: str, text: str) -> None:
        """Comes back as soon as the browser's storage holds a text; GraphiQL takes its time before it writes."""
        # Not wait_for_function: it evaluates strings, which the page's policy forbids.
        async with asyncio.timeout(PATIENCE_SECONDS):
            while text not in await self.page.evaluate("key => localStorage[`postern:graphiql:${key}`] ?? ''", key):
                pass


async def open_graphiql(visitor: Visitor) -> GraphiQL:
    """GraphiQL in a new tab, with its documentation fetched."""
    graphiql = GraphiQL(await visitor.open("/graphql"))
    await graphiql.page.get_by_role("button", name="Show Documentation Explorer").wait_for()
    return graphiql
