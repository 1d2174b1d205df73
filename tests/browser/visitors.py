"""People with a browser."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, async_playwright

from tests.support.postern import Postern

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE_MILLISECONDS = 20_000


def chromium_program() -> str | None:
    """Where Chromium is."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A Chromium without a window, from its start to its end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_program(), args=QUIET)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Visitor:
    """One person's browser. `strays` are requests to elsewhere, `complaints` what the console has had to say."""

    server: Postern
    context: BrowserContext
    strays: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> Page:
        """A new tab with the page at a path or at a full address."""
        page = await self.context.new_page()
        await page.goto(path)
        return page

    def heed(self) -> None:
        """Take note of strays and complaints from now on."""
        home = f"{self.server.settings.public_url}/"
        known = (home, "data:", "blob:")
        self.context.on("request", lambda sent: None if sent.url.startswith(known) else self.strays.append(sent.url))
        self.context.on("console", self._heard)
        self.context.on("weberror", self._broken)

    def _heard(self, message: ConsoleMessage) -> None:
        # Chromium also "fails to load" a page that is answered with 404, though it shows it all right.
        is_page = message.page is not None and message.location["url"] == message.page.url
        if message.type in ("error", "warning") and not (is_page and message.text.startswith("Failed to load")):
            self.complaints.append(message.text)

    def _broken(self, error: WebError) -> None:
        self.complaints.append(str(error.error))


async def visitor(browser: Browser, server: Postern, **options: Any) -> Visitor:
    """Somebody new; `options` are those of Playwright's `new_context`."""
    context = await browser.new_context(base_url=server.settings.public_url, **({"locale": "en-GB"} | options))
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    somebody = Visitor(server, context)
    somebody.heed()
    return somebody


Serve = Callable[..., AbstractAsyncContextManager[Postern]]
Visit = Callable[..., Awaitable[Visitor]]
