"""What people do at the pages, in a few words."""

from tests.support.forms import Browser, Page
from tests.support.postern import EMAIL, PASSWORD, Postern

ORIGIN = "https://accounts.example.com"
RETURN_URL = "https://app.example.com/welcome?from=postern"
REFRESH_COOKIE = "__Host-postern-refresh"


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
