"""The pictures of the documentation: `python -m tests.browser.pictures` takes them anew."""

import asyncio
import base64
import tempfile
from pathlib import Path

import httpx2
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from settings import ROOT, Settings
from tests.browser.graphiql import GraphiQL, open_graphiql
from tests.browser.hosted import followed, typed
from tests.browser.mailbox import newest_link
from tests.browser.visitors import Visitor, chromium, visitor
from tests.support.listening import listening
from tests.support.postern import EMAIL, PASSWORD, Postern
from tests.support.postoffice import PostOffice

IMAGES = ROOT / "docs" / "images"
# What `system-ui` is on the machine that takes the pictures should not decide how they look.
FONT = ":root, :root body { font-family: Arial, sans-serif }"
# What only development shows, for the pages that everybody meets.
AS_PEOPLE_SEE_IT = "main + .ways { display: none }"

REGISTER = f"""mutation Register {{
  register(input: {{
    name: "Ann"
    email: "{EMAIL}"
    password: "{PASSWORD}"
  }}) {{
    __typename
  }}
}}"""
FLOW = """<!doctype html><meta charset="utf-8"><style>
  body { margin: 0; padding: 44px; background: #f3f5f2; font: 600 27px Arial, sans-serif; color: #1d5c4f }
  ol { display: flex; gap: 50px; margin: 0; padding: 0; list-style: none }
  li { position: relative; flex: 1; text-align: center }
  li + li::before { content: "→"; position: absolute; left: -50px; width: 50px; font-weight: 400; color: #8aa39b }
  div { display: flex; flex-direction: column; gap: 1px; height: 620px; margin-top: 22px; overflow: hidden;
    background: #dfe5e1; border: 1px solid #dfe5e1; border-radius: 18px; box-shadow: 0 16px 40px -24px #14282266 }
  img { display: block; width: 100%; min-height: 0; flex: 1; object-fit: cover; object-position: top left }
</style>"""


def figure(caption: str, *shots: bytes) -> str:
    """One step of the flow, as HTML."""
    images = (f'<img src="data:image/png;base64,{base64.b64encode(shot).decode()}">' for shot in shots)
    return f"<li>{caption}<div>{''.join(images)}</div></li>"


async def panes(graphiql: GraphiQL, operation: str, answer: str) -> tuple[bytes, bytes]:
    """GraphiQL's two panes, once an operation was answered."""
    await graphiql.paste("Query Editor", operation)
    await graphiql.page.keyboard.press("ControlOrMeta+Home")
    await graphiql.execute.click()
    await graphiql.result.get_by_text(answer).wait_for()
    await graphiql.page.mouse.move(0, 0)
    return await still(graphiql.query), await still(graphiql.result)


async def still(shown: Page | Locator) -> bytes:
    """A screenshot without what blinks."""
    return await shown.screenshot(animations="disabled", caret="hide")


async def phone(context: BrowserContext, path: str) -> Page:
    """A page as on a phone."""
    page = await context.new_page()
    await page.set_viewport_size({"width": 320, "height": 584})
    await page.goto(path)
    await page.add_style_tag(content=FONT + AS_PEOPLE_SEE_IT)
    return page


async def flow(browser: Browser, server: Postern) -> None:
    """The flow in four steps, side by side."""
    options = {"viewport": {"width": 980, "height": 720}, "device_scale_factor": 2, "bypass_csp": True}
    ann = await visitor(browser, server, **options)
    graphiql = await open_graphiql(ann)
    registered = await panes(graphiql, REGISTER, '"Registered"')

    mailbox = await ann.open("/mailbox")
    _, query = (await newest_link(mailbox)).split("?")
    letter = await still(await phone(ann.context, f"{mailbox.url}/html"))
    page = await phone(ann.context, f"/confirm-email?{query}")
    question = await still(page)
    await page.get_by_role("button").click()
    await page.get_by_role("heading", name="Your address is confirmed").wait_for()
    await page.add_style_tag(content=FONT + AS_PEOPLE_SEE_IT)
    confirmed = await still(page)

    figures = [
        figure("Register", *registered),
        figure("Letter", letter),
        figure("Confirm", question),
        figure("Log in", confirmed),
    ]
    await compose(browser, "flow", figures)


async def pages(browser: Browser, server: Postern) -> None:
    """The pages on which Ann logs in and looks after her account, side by side."""
    ann = await visitor(browser, server, device_scale_factor=2, bypass_csp=True)
    page = await phone(ann.context, "/login")
    login = await still(page)
    await typed(page, "Log in", email=EMAIL, password=PASSWORD)
    account = await still(await phone(ann.context, "/account"))
    sessions = await still(await phone(ann.context, "/account/events"))
    page = await phone(ann.context, "/account/second-factor")
    await followed(page.get_by_role("button", name="Set up an app"))
    await page.add_style_tag(content=FONT + AS_PEOPLE_SEE_IT)
    shots = {
        "Log in": login,
        "Your account": account,
        "What has happened": sessions,
        "Second factor": await still(page),
    }
    await compose(browser, "pages", [figure(caption, shot) for caption, shot in shots.items()])


async def compose(browser: Browser, name: str, figures: list[str]) -> None:
    """The figures in a row, as one picture."""
    page = await browser.new_page(viewport={"width": 1600, "height": 300})
    await page.set_content(f"{FLOW}<ol>{''.join(figures)}</ol>")
    await page.screenshot(path=IMAGES / f"{name}.png", full_page=True)


async def workbench(ann: Visitor) -> None:
    """GraphiQL, having told Ann who she is."""
    graphiql = await open_graphiql(ann)
    await graphiql.run("LogIn", '"LoggedIn"')
    await graphiql.run("Me", '"emailConfirmed": true')
    await expect(graphiql.pane("Headers")).to_contain_text("Bearer")
    await graphiql.page.mouse.move(0, 0)
    await graphiql.page.screenshot(path=IMAGES / "graphiql.png", animations="disabled", caret="hide")


async def beginning(ann: Visitor) -> None:
    """The start page, with Ann's letter."""
    page = await ann.open("/")
    await page.add_style_tag(content=FONT)
    await page.screenshot(path=IMAGES / "start.png", full_page=True)


async def main() -> None:
    """Starts a server, goes through the flow and takes the pictures."""
    with tempfile.TemporaryDirectory() as folder:

        def settings(address: str) -> Settings:
            return Settings(
                _env_file=None,
                data_dir=Path(folder),
                public_url=address,
                confirm_email_url="https://accounts.example.com/confirm-email?token={token}",
                login_url=f"{address}/graphql",
                log_level="error",
            )

        async with (
            listening(settings) as address,
            httpx2.AsyncClient(base_url=address) as http,
            chromium() as browser,
        ):
            server = Postern(settings(address), http, PostOffice())
            await flow(browser, server)
            await pages(browser, server)
            await beginning(await visitor(browser, server, viewport={"width": 1280, "height": 800}, bypass_csp=True))
            await workbench(await visitor(browser, server, viewport={"width": 1280, "height": 800}))


if __name__ == "__main__":
    asyncio.run(main())
