"""Pages of a frontend that uses the client, as `make client` has built it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Page, Request

from settings import ROOT
from tests.browser.frontend import frontend
from tests.browser.mailbox import newest_link
from tests.browser.visitors import Serve, Visit, Visitor
from tests.docs.blocks import block
from tests.docs.reader import SERVER
from tests.support.postern import EMAIL, PASSWORD, Postern

BUILT = ROOT / "client/dist"
PAGE = """<!doctype html><title>App</title><link rel="icon" href="data:,">
<script type="importmap">{"imports": {"@postern/client": "/client/index.js"}}</script><body>"""
ACCOUNT = block("docs/client.md", "// account.js")
LOGIN = {"email": EMAIL, "password": PASSWORD}
OPEN = """async (options) => {
  const { createPostern } = await import("/client/index.js");
  globalThis.postern = createPostern(options.storage ? { ...options, storage: globalThis[options.storage] } : options);
  globalThis.seen = [];
  postern.session.subscribe(({ status }) => seen.push(status));
  return (await postern.resume()).status;
}"""
CALL = "async ([method, given]) => await postern[method](...given)"


@dataclass
class Tab:
    """A tab with the page open, and a client in it."""

    page: Page
    options: dict[str, Any]

    async def open(self) -> str:
        """Has the page's script make a client and find out who is signed in, as after a reload."""
        await self.page.reload()
        return str(await self.page.evaluate(OPEN, self.options))

    async def call(self, method: str, *given: Any) -> Any:
        """What a method gives back."""
        return await self.page.evaluate(CALL, [method, list(given)])

    async def status(self) -> str:
        return str(await self.page.evaluate("postern.session.get().status"))

    async def becomes(self, status: str) -> None:
        """Comes back as soon as the session's status is this one."""
        await self.page.wait_for_function("(status) => postern.session.get().status === status", arg=status)

    async def mine(self, times: int = 1) -> list[str | None]:
        """Whose account it is, asked so many times at once."""
        asked = "(times) => Promise.all(Array.from({ length: times }, async () => (await postern.me())?.email ?? null))"
        return list(await self.page.evaluate(asked, times))


@dataclass
class App:
    """A frontend of the server's site, and a visitor with an account. `refreshes` are the requests for new tokens."""

    site: Postern
    origin: str
    visitor: Visitor
    options: dict[str, Any]
    refreshes: list[Request]
    files: dict[str, str]

    async def tab(self, **options: Any) -> Tab:
        """A new one, whose client has found out who is signed in."""
        tab = Tab(await self.visitor.open(self.origin), self.options | options)
        await tab.open()
        return tab

    def _asked(self, request: Request) -> None:
        if request.method == "POST" and "refresh(" in (request.post_data or ""):
            self.refreshes.append(request)


def built() -> dict[str, str]:
    """The client's files by the paths that the frontend serves them at."""
    if not (BUILT / "index.js").is_file():
        pytest.fail("These tests need the client: `make browser` builds it where npm is.", False)
    return {f"/client/{file.relative_to(BUILT)}": file.read_text() for file in BUILT.rglob("*.js")}


@asynccontextmanager
async def opened(serve: Serve, visit: Visit, *, name: str = "127.0.0.1", **changes: Any) -> AsyncIterator[App]:
    """The frontend, from its start to its end, under a name that this machine has."""
    files = built() | {"/": PAGE}
    async with frontend(files) as address:
        origin = address.replace("127.0.0.1", name)
        async with serve(
            cors_origins=origin, passkey_origins=address.replace("127.0.0.1", "localhost"), **changes
        ) as site:
            visitor = await visit(site)
            await site.register()
            page = await visitor.open("/mailbox")
            await site.confirm((await newest_link(page)).rpartition("=")[2])
            await page.close()
            url = site.settings.public_url.replace("127.0.0.1", name)
            files["/account.js"] = ACCOUNT.text.replace(SERVER, url)
            app = App(site, origin, visitor, {"url": url, "transport": "cookie"}, [], files)
            visitor.context.on("request", app._asked)
            yield app
            assert [stray for stray in visitor.strays if not stray.startswith((origin, url))] == []
            visitor.strays.clear()
