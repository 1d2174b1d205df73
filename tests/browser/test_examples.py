"""examples/: each goes through the whole flow, with a real server"""

import asyncio
import base64
import re
import shlex
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest
from playwright.async_api import Page, expect

from models import Session, TotpSecret
from settings import ROOT
from tests.browser.client import built
from tests.browser.frontend import frontend
from tests.browser.mailbox import newest_link
from tests.browser.visitors import Serve, Visit, Visitor
from tests.docs.blocks import FENCED
from tests.docs.reader import SERVER
from tests.support.children import kill_group
from tests.support.factors import App as Authenticator
from tests.support.ports import free_port
from tests.support.postern import EMAIL, PASSWORD, Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser]
EXAMPLES = ROOT / "examples"
MOVE_ON = "() => { const { now } = Date; Date.now = () => now() + 15 * 60_000; }"
PATIENCE_SECONDS = 20
DEVNULL = asyncio.subprocess.DEVNULL


def plain() -> dict[str, str]:
    """The files of examples/plain, by the paths that they are served at."""
    own = {f"/{file.name}": file.read_text() for file in (EXAMPLES / "plain").iterdir() if file.is_file()}
    client = {path.replace("/client/", "/postern/"): text for path, text in built().items()}
    return own | client | {"/": own["/index.html"]}


def react() -> dict[str, str]:
    """What Vite has built of examples/react."""
    folder = EXAMPLES / "react/dist"
    if not (folder / "index.html").is_file():
        pytest.fail("These tests need examples/react: `make browser` builds it where npm is.", False)
    files = {f"/{file.relative_to(folder)}": file.read_text() for file in folder.rglob("*") if file.is_file()}
    return files | {"/": files["/index.html"]}


@dataclass
class Example:
    """An example that is open in a tab of somebody's."""

    site: Postern
    origin: str
    visitor: Visitor
    page: Page

    async def says(self, words: str, page: Page | None = None) -> None:
        await expect((page or self.page).get_by_role("status")).to_contain_text(words)

    async def fill(self, heading: str, button: str, **values: str) -> None:
        """Fills in the form with this heading, and sends it."""
        form = self.page.locator("form").filter(has=self.page.get_by_role("heading", name=heading))
        for label, value in values.items():
            await form.get_by_label(label).fill(value)
        await form.get_by_role("button", name=button).click()

    async def log_in(self) -> None:
        await self.fill("Log in", "Log in", Email=EMAIL, Password=PASSWORD)


@asynccontextmanager
async def opened(files: dict[str, str], serve: Serve, visit: Visit) -> AsyncIterator[Example]:
    """The example from its start to its end, on an origin of its own."""
    served: dict[str, str] = {}
    async with frontend(served) as origin, serve() as site:
        served |= {path: text.replace(SERVER, site.settings.public_url) for path, text in files.items()}
        visitor = await visit(site)
        yield Example(site, origin, visitor, await visitor.open(origin))
        assert [stray for stray in visitor.strays if not stray.startswith((origin, "data:"))] == []
        visitor.strays.clear()


@pytest.mark.parametrize("dialect", ["sqlite"])
@pytest.mark.parametrize("files", [plain, react])
async def test_an_example_goes_through_the_whole_flow(
    files: Callable[[], dict[str, str]], serve: Serve, visit: Visit
) -> None:
    async with opened(files(), serve, visit) as example:
        page = example.page
        await example.says("Nobody is signed in.")
        await example.fill("Register", "Register", Email="nobody@localhost", Password="short")
        await example.says("at least 8")
        await example.fill("Register", "Register", Email=EMAIL, Password=PASSWORD)
        await example.says(f"We have written to {EMAIL}")
        await example.log_in()
        await example.says("Please confirm your address first")
        letter = await example.visitor.open("/mailbox")
        await letter.goto(await newest_link(letter))
        await letter.get_by_role("button").click()
        await expect(letter.get_by_role("heading")).to_have_text("Your address is confirmed")
        await page.bring_to_front()
        await example.log_in()
        await expect(page.get_by_text(f"Signed in as {EMAIL}")).to_be_visible()

        secret = await set_up(example)
        await page.get_by_role("button", name="Log out").click()
        await example.says("Nobody is signed in.")
        await example.log_in()
        await example.fill("Second factor", "Go on", Code="000000")
        await example.says("code")
        await TotpSecret.all().update(last_step=0)
        await example.fill("Second factor", "Go on", Code=secret.code())
        await stays(example)


async def set_up(example: Example) -> Authenticator:
    """Has the example switch an authenticator app on."""
    page = example.page
    await page.get_by_role("button", name="Set up an authenticator app").click()
    shown = page.locator("code")
    await expect(shown).to_have_text(re.compile(r"^[A-Z2-7]{32}$"))
    await expect(page.get_by_role("img")).to_be_visible()
    app = Authenticator(base64.b32decode(await shown.inner_text()), [])
    await page.get_by_role("textbox", name="Code").fill(app.code())
    await page.get_by_role("button", name="Switch it on").click()
    await expect(page.locator("pre")).to_have_text(re.compile(r"^(?:[\w-]+\n){9}[\w-]+$"))
    return app


async def stays(example: Example) -> None:
    """Who is signed in stays so in a second tab, after a reload and when the token has ended, until it is over."""
    page = example.page
    await expect(page.get_by_text(f"Signed in as {EMAIL}")).to_be_visible()
    second = await example.visitor.open(example.origin)
    await expect(second.get_by_text(f"Signed in as {EMAIL}")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text(f"Signed in as {EMAIL}")).to_be_visible()
    await page.evaluate(MOVE_ON)
    await page.get_by_role("button", name="Set up an authenticator app").click()
    await expect(page.locator("code")).to_have_text(re.compile(r"^[A-Z2-7]{32}$"))
    assert await Session.all().count() == 1

    await second.bring_to_front()
    await second.get_by_role("button", name="Log out").click()
    await example.says("Nobody is signed in.", second)
    await page.bring_to_front()
    await example.says("Nobody is signed in.")
    assert await Session.all().count() == 0


@pytest.mark.parametrize("name", ["plain", "react"])
async def test_an_example_is_started_as_its_readme_says(name: str) -> None:
    (block,) = FENCED.findall((EXAMPLES / name / "README.md").read_text())
    first, second = block[1].splitlines()
    assert (await ran("make", "--dry-run", "--silent", *first.split()[1:])) == 0
    port = free_port()
    start = second.split(" && ")[-1].replace("5173", str(port))
    if name == "react":
        start += f" -- --port {port}"
    process = await asyncio.create_subprocess_exec(
        *shlex.split(start), cwd=ROOT, start_new_session=True, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert "module" in await answered(http, "/")
            if name == "plain":
                assert "createPostern" in await answered(http, "/postern/index.js")
    finally:
        kill_group(process.pid)
        await process.wait()


async def answered(http: httpx2.AsyncClient, path: str) -> str:
    """What is at this path, as soon as it is."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                answer = await http.get(path)
            except httpx2.ConnectError:
                await asyncio.sleep(0.02)
            else:
                assert answer.is_success
                return answer.text


async def ran(*command: str) -> int | None:
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=DEVNULL)
    return await process.wait()
