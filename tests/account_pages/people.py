"""What people do at the pages, in a few words."""

import base64
import re

from tests.support.codes import next_code
from tests.support.factors import App
from tests.support.forms import Browser, Page
from tests.support.postern import EMAIL, PASSWORD, Postern

ORIGIN = "https://accounts.example.com"
RETURN_URL, APP_URL = "https://app.example.com/welcome?from=postern", "com.example.app:/welcome"
REFRESH_COOKIE, DEVICE_COOKIE = "__Host-postern-refresh", "__Host-postern-device"


async def confirmed(server: Postern, email: str = EMAIL, password: str = PASSWORD) -> None:
    """An account that nobody is logged in to."""
    await server.confirm(await server.registered(email, password))


async def log_in(browser: Browser, email: str = EMAIL, password: str = PASSWORD, at: str = "/login") -> Page:
    """What comes after the password."""
    await browser.open(at)
    return await browser.send(typed={"email": email, "password": password})


async def at_home(server: Postern, email: str = EMAIL) -> Browser:
    """The browser of somebody who has an account and is logged in."""
    await confirmed(server, email)
    browser = Browser(server)
    assert (await log_in(browser, email)).title == "Your account"
    return browser


def app_on(page: Page) -> App:
    """An authenticator app that has read the secret on a page."""
    key = re.search(r'<code class="secret">(.*?)</code>', page.html)
    assert key
    return App(base64.b32decode("".join(re.findall(r"[A-Z2-7]{1,4}(?=</span>)", key[1]))), [])


async def asked_by_mail(browser: Browser, at: str = "/login/code") -> tuple[Page, str]:
    """The page that asks for a code, and the code in the letter."""
    await browser.open(at)
    async with next_code(browser.server) as code:
        page = await browser.send(typed={"email": EMAIL})
    return page, code[0]
