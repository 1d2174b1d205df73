"""Our own pages: logging in by way of another service, and linking one, without a frontend"""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from models import Device, Identity, ProviderLogin, Session, User
from tests.account_pages.people import DEVICE_COOKIE, confirmed, log_in
from tests.support.factors import set_up
from tests.support.forms import Browser, Page
from tests.support.postern import Postern
from tests.support.provider_logins import RETURN_TO, logged_in_by, new_verifier, sent_and_back
from tests.support.service import Service

pytestmark = pytest.mark.anyio

SERVICES = ("https://accounts.google.com/", "https://login.example.com/")
SENT, WAITING = "__Host-postern-service", "__Host-postern-linking"  # cookies


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing."""
    return "sqlite"


async def there(browser: Browser, url: str) -> str:
    """The address at the service that a browser is sent to."""
    for _ in range(3):
        answer = await browser.http.get(url)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (303, "no-store"), answer.text
        url = answer.headers["location"]
        if url.startswith(SERVICES):
            return url
    raise AssertionError(url)


async def back(browser: Browser, brought: dict[str, str], provider: str = "google") -> Page:
    """What it sees when it is sent back with that."""
    own = browser.server.settings.public_url
    answer = await browser.http.get(f"/auth/{provider}/callback", params=brought)
    assert answer.headers["location"].startswith(f"{own}/")
    return await browser.open(answer.headers["location"].removeprefix(own))


async def there_and_back(browser: Browser, service: Service, url: str, provider: str = "google", **came: str) -> Page:
    """What a browser sees at the end of the way to a service and back."""
    return await back(browser, service.browser_came(await there(browser, url)) | came, provider)


async def test_a_service_logs_in_and_leads_back_to_the_frontend(server: Postern, service: Service) -> None:
    browser = Browser(server)
    for path in ("/register", "/login"):
        page = await browser.open(f"{path}?return_to={RETURN_TO}")
        assert ("Continue with Google" in page.text, "Continue with The company" in page.text) == (True, True)
        assert 'href="/login/with/google?return_to=https%3A' in page.html
    await there_and_back(browser, service, f"/login/with/google?return_to={RETURN_TO}")
    assert browser.left_for == RETURN_TO
    assert (await Session.get()).methods == ["identity"]
    page = await browser.open("/account")
    assert (page.title, "<strong>Other services</strong> <span>Google</span>" in page.html) == ("Your account", True)
    assert "Google" in (await browser.open("/account/services")).text
    known = server.http.cookies[DEVICE_COOKIE]
    await browser.post("/logout", {})
    page = await there_and_back(browser, service, "/login/with/google?next=%2Faccount%2Fsessions")
    assert (page.title, SENT in server.http.cookies) == ("Where you are logged in", False)
    assert (server.http.cookies[DEVICE_COOKIE], await Device.all().count()) == (known, 1)


async def test_two_tabs_lead_to_a_service_at_once(server: Postern, service: Service) -> None:
    browser = Browser(server)
    first, second = [await there(browser, "/login/with/google") for _ in range(2)]
    assert first != second
    assert (await back(browser, service.browser_came(first))).title == "Your account"
    await browser.post("/logout", {})
    late = await back(browser, service.browser_came(second))
    assert (late.title, "That login is over" in late.text) == ("Log in to Postern", True)
    assert await Session.all().count() == 0


async def test_who_has_to_confirm_an_address_first_is_told_where_the_letter_is(
    server: Postern, service: Service
) -> None:
    service.issuer = "https://login.example.com/realm"
    browser = Browser(server)
    page = await there_and_back(browser, service, "/login/with/company", "company")
    assert (page.path, page.title) == ("/register/sent", "Look into your mailbox")
    assert (await Session.all().count(), SENT in server.http.cookies) == (0, False)
    await server.confirm(await server.letter_token())
    assert (await there_and_back(browser, service, "/login/with/company", "company")).title == "Your account"


async def test_why_a_service_opens_nothing_is_told_at_the_login(server: Postern, service: Service) -> None:
    await logged_in_by(server, service)
    await User.all().update(disabled_at=datetime.now(UTC))
    browser, before = Browser(server), await Session.all().count()
    page = await there_and_back(browser, service, "/login/with/google")
    assert (page.status, "This account is closed" in page.text) == (403, True)
    assert page.form("email", "password")
    assert (await Session.all().count(), SENT in server.http.cookies) == (before, False)
    came = service.browser_came(await there(browser, "/login/with/google"))
    answer = await browser.http.get("/auth/google/callback", params=came)
    await ProviderLogin.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    late = await browser.open(answer.headers["location"].removeprefix(server.settings.public_url))
    assert (late.title, "That login is over" in late.text) == ("Log in to Postern", True)
    for error, told in (("failed", "did not answer"), ("expired", "That login is over"), ("x", "did not answer")):
        page = await browser.open(f"/login/back?error={error}")
        assert (page.title, told in page.text) == ("Log in to Postern", True)


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
    for path in ("/login/back", "/login/with/google"):
        ahead = await server.http.head(path)
        assert (ahead.status_code, ahead.headers["Allow"]) == (405, "GET")
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
    assert ("which does not open" in linked.text, WAITING in server.http.cookies) == (False, False)
    unlinked = await browser.send("id", typed={}, do="unlink")
    assert "It no longer opens your account." in unlinked.text
    assert await Identity.all().count() == 0
    server.http.cookies.set(WAITING, "x:a service of before", "postern.test")
    assert "which does not open" not in (await browser.open("/account/services")).text


async def test_a_service_is_linked_from_the_settings_by_the_session_that_asked(
    server: Postern, service: Service
) -> None:
    await confirmed(server)
    browser = Browser(server)
    await log_in(browser)
    await browser.open(f"/account/services?return_to={RETURN_TO}")
    leaving = await browser.send(typed={}, do="link", provider="google")
    found = leaving.html.partition('class="button" href="')[2].partition('"')[0].replace("&amp;", "&")
    url = found.removeprefix(server.settings.public_url)
    assert await ProviderLogin.all().count() == 1
    typed = {"do": "link", "provider": "google"}
    await browser.post(f"/account/services?return_to={RETURN_TO}", typed)  # in another tab
    done = await there_and_back(browser, service, url)
    assert "It opens your account from now on." in done.text
    assert (await Identity.get()).provider == "google"
    assert (parse_qs(urlsplit(done.path).query), SENT in server.http.cookies) == ({"return_to": [RETURN_TO]}, False)
    again = await browser.open("/account/services/back?code=x")
    assert (again.status, await Identity.all().count()) == (422, 1)
    assert 'class="refused" role="alert"' in again.html
    for error, told in (("denied", "You have said no there"), ("x", "did not answer")):
        page = await browser.open(f"/account/services/back?error={error}")
        assert (page.title, told in page.text) == ("Other services", True)
    assert (await server.http.head("/account/services/back")).status_code == 405
    stranger = await Browser(server.elsewhere()).open("/account/services/back?code=x")
    assert (stranger.path, "Please log in" in stranger.text) == ("/login?next=%2Faccount%2Fservices", True)
