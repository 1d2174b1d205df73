"""Our own pages: logging in by way of another service, and linking one, without a frontend"""

import pytest

from models import Identity, ProviderLogin, Session
from tests.account_pages.people import confirmed, log_in
from tests.support.factors import set_up
from tests.support.forms import Browser, Page
from tests.support.postern import Postern
from tests.support.provider_logins import RETURN_TO, logged_in_by, new_verifier, sent_and_back
from tests.support.service import Service

pytestmark = pytest.mark.anyio

GOOGLE = "https://accounts.google.com/"


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing."""
    return "sqlite"


async def there_and_back(browser: Browser, service: Service, url: str, **came: str) -> Page:
    """What a browser sees at the end of the way to a service and back."""
    own = browser.server.settings.public_url
    for _ in range(3):
        answer = await browser.http.get(url)
        assert answer.status_code == 303, answer.text
        url = answer.headers["location"]
        if url.startswith(GOOGLE):
            brought = service.browser_came(url) | came
            back = await browser.http.get("/auth/google/callback", params=brought)
            assert back.headers["location"].startswith(f"{own}/")
            return await browser.open(back.headers["location"].removeprefix(own))
    raise AssertionError(url)


async def test_a_service_logs_in_and_leads_back_to_the_frontend(server: Postern, service: Service) -> None:
    browser = Browser(server)
    page = await browser.open("/login")
    assert "Continue with Google" in page.text
    await there_and_back(browser, service, f"/login/with/google?return_to={RETURN_TO}")
    assert browser.left_for == RETURN_TO
    assert (await Session.get()).methods == ["identity"]
    assert (await browser.open("/account")).title == "Your account"
    assert "Google" in (await browser.open("/account/services")).text


async def test_a_second_factor_is_asked_for_after_it(server: Postern, service: Service) -> None:
    await logged_in_by(server, service)
    app = await set_up(server, await logged_in_by(server, service))
    browser = Browser(server)
    assert (await there_and_back(browser, service, "/login/with/google")).title == "One more step"
    assert (await browser.send(typed={"code": await app.fresh_code()})).title == "Your account"


async def test_what_another_browser_was_sent_with_logs_nobody_in(server: Postern, service: Service) -> None:
    """A code with the verifier of a frontend, or of nobody, is worth nothing at our page."""
    verifier = new_verifier()
    code = (await sent_and_back(server, service, verifier))["code"]
    for _ in range(2):
        page = await Browser(server.elsewhere()).open(f"/login/back?code={code}")
        assert (page.title, "That login is over" in page.text) == ("Log in to Postern", True)
    assert (await server.http.head("/login/back")).status_code == 405
    assert (await server.http.head("/login/with/google")).status_code == 405
    assert (await server.http.get("/login/with/nobody")).status_code == 404
    frame = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert (await server.http.get("/login/with/google", headers=frame)).status_code == 400
    assert (await server.http.get("/login/with/google?return_to=//evil.example")).status_code == 400
    assert await Session.all().count() == 0


async def test_who_says_no_there_is_told_here(server: Postern, service: Service) -> None:
    browser = Browser(server)
    page = await there_and_back(browser, service, "/login/with/google", error="access_denied")
    assert (page.title, "You have said no there" in page.text) == ("Log in to Postern", True)
    assert await Session.all().count() == 0
    for path, kind, seconds in (
        ("/login/with/google", "service", 600),
        ("/login/back?error=access_denied", "notice", 60),
    ):
        (cookie,) = (await server.http.get(path)).headers.get_list("Set-Cookie")
        assert f"postern-{kind}=" in cookie
        assert {f"Max-Age={seconds}", "HttpOnly", "SameSite=lax", "Path=/"} <= {*cookie.split("; ")}


async def test_an_account_with_the_same_address_is_linked_after_a_login(server: Postern, service: Service) -> None:
    await confirmed(server)
    browser = Browser(server)
    refused = await there_and_back(browser, service, "/login/with/google")
    assert "after that you can link Google to it" in refused.text
    assert await Session.all().count() == 0
    offered = await log_in(browser)
    assert (offered.title, "which does not open this account yet" in offered.text) == ("Other services", True)
    linked = await browser.send(typed={}, do="link_waiting")
    assert "It opens your account from now on." in linked.text
    assert (await Identity.get()).provider == "google"
    unlinked = await browser.send("id", typed={}, do="unlink")
    assert "It no longer opens your account." in unlinked.text
    assert await Identity.all().count() == 0


async def test_a_service_is_linked_from_the_settings_by_the_session_that_asked(
    server: Postern, service: Service
) -> None:
    await confirmed(server)
    browser = Browser(server)
    await log_in(browser)
    await browser.open("/account/services")
    leaving = await browser.send(typed={}, do="link", provider="google")
    found = leaving.html.partition('class="button" href="')[2].partition('"')[0].replace("&amp;", "&")
    url = found.removeprefix(server.settings.public_url)
    assert await ProviderLogin.all().count() == 1
    done = await there_and_back(browser, service, url)
    assert "It opens your account from now on." in done.text
    assert (await Identity.get()).provider == "google"
    again = await browser.open("/account/services/back?code=x")
    assert (again.status, await Identity.all().count()) == (422, 1)
