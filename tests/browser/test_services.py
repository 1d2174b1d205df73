"""Other services, with a browser and a real OpenID provider: the pages of docs/identities.md and docs/client.md"""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

import outside
from models import Identity, Session, User
from outside.guarded import GuardedClient
from tests.browser.client import ACCOUNT, built
from tests.browser.client import PAGE as CLIENT_PAGE
from tests.browser.frontend import frontend
from tests.browser.mailbox import newest_letter, newest_link
from tests.browser.openid import SECRET, agree_there, cancel_there, log_in_there, provider
from tests.browser.test_cookie_mode import ask, kept
from tests.browser.visitors import Serve, Visit, Visitor
from tests.docs.blocks import block
from tests.docs.reader import SERVER
from tests.support.account import REFRESH
from tests.support.certificates import certificate
from tests.support.factors import COMPLETE, set_up
from tests.support.ports import free_port
from tests.support.postern import EMAIL, ME, Postern
from tests.support.provider_logins import EXCHANGE

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]
DOCUMENT = "docs/identities.md"
LOOPBACK = ("127.0.0.1", "::1")
PROVIDERS = """
[company]
kind = "oidc"
name = "The company"
issuer = "{}"
email_is_confirmed = true
client_id = "postern"
client_secret_env = "SERVICE_SECRET"
"""
HOME = "https://app.example.com"
SCRIPTS = {
    "/postern.js": block("docs/fetch.md", "// postern.js").text,
    "/services.js": block(DOCUMENT, "// services.js").text,
    "/buttons.js": block(DOCUMENT, 'import { leave, providers } from "./services.js";').text,
    "/welcome.js": block(DOCUMENT, 'import { comeBack } from "./services.js";').text,
    "/linking.js": block(DOCUMENT, "// linking.js").text,
    "/link.js": block(DOCUMENT, 'import { leaveToLink } from "./linking.js";').text,
    "/linked.js": block(DOCUMENT, 'import { comeBackToLink } from "./linking.js";').text,
}
BUTTONS = block("docs/client.md", "// On the page with the buttons")
WELCOME = block("docs/client.md", "// On the page that browsers come back to")
PAGE = '<!doctype html><title>App</title><link rel="icon" href="data:,"><body><script type="module" src="{}"></script>'


@dataclass
class App:
    """A frontend, and whoever visits it."""

    site: Postern
    origin: str
    visitor: Visitor
    files: dict[str, str]

    async def leave(self, login: str = "") -> Page:
        """A page on its way: by the button, and saying who one is at the service."""
        page = await self.visitor.open(self.origin)
        await page.get_by_role("button", name="Continue with The company").click()
        if login:
            await log_in_there(page, login)
        return page

    async def come_by_service(self, login: str, says: str = "Welcome!") -> Page:
        """A page that has come back from there, where nobody was known before."""
        page = await self.leave(login)
        await agree_there(page)
        await self.is_back(page, says)
        return page

    async def is_back(self, page: Page, says: str) -> None:
        """Comes back as soon as the page is the frontend's own and says this, with nothing left in its address."""
        await expect(page.get_by_text(says)).to_be_visible()
        assert page.url == f"{self.origin}/welcome"

    async def keeps(self, page: Page, name: str) -> str:
        """What its page has put away."""
        return str(await page.evaluate("name => sessionStorage.getItem(name)", name))

    async def me(self, page: Page) -> dict[str, Any]:
        return dict((await self.site.ask(ME, token=await self.keeps(page, "accessToken")))["data"]["me"])


@pytest.fixture
async def app(serve: Serve, visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    port, file = free_port(), certificate(tmp_path / "provider", "localhost")
    there = f"https://localhost:{port}"
    trusted = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(outside, "client", lambda **_: GuardedClient(allows=LOOPBACK.__contains__, trusted=trusted))
    monkeypatch.setenv("SERVICE_SECRET", SECRET)
    (tmp_path / "providers.toml").write_text(PROVIDERS.format(there))
    scripts = {"/": "/buttons.js", "/welcome": "/welcome.js", "/settings": "/linked.js"}
    files = {path: PAGE.format(script) for path, script in scripts.items()}
    async with frontend(files) as origin:
        known = {"providers": str(tmp_path / "providers.toml"), "return_urls": f"{origin}/welcome,{origin}/settings"}
        async with serve(cors_origins=origin, **known) as site:
            home = site.settings.public_url
            for path, text in SCRIPTS.items():
                files[path] = text.replace(SERVER, home).replace(HOME, origin)
            async with provider(file.parent, port, f"{home}/auth/company/callback"):
                visitor = await visit(site, ignore_https_errors=True)
                yield App(site, origin, visitor, files)
                assert [stray for stray in visitor.strays if not stray.startswith((origin, there))] == []
                visitor.strays.clear()


async def test_a_stranger_gets_an_account_and_comes_back_to_it(app: App) -> None:
    page = await app.come_by_service("ann")
    me = await app.me(page)
    assert (me["email"], me["emailConfirmed"], me["name"]) == (EMAIL, True, "ann")
    page = await app.leave()
    await app.is_back(page, "Welcome!")
    assert (await app.me(page))["id"] == me["id"]
    assert [await User.all().count(), await Identity.all().count(), await Session.all().count()] == [1, 1, 2]


async def test_in_cookie_mode_no_script_sees_what_keeps_the_session_open(app: App) -> None:
    app.files["/welcome.js"] = ""
    cookie_mode = {"X-Token-Transport": "cookie"}

    async def exchanged(page: Page) -> dict[str, Any]:
        await page.wait_for_url(f"{app.origin}/welcome?code=*")
        code = {"code": page.url.rpartition("=")[2], "codeVerifier": await app.keeps(page, "verifier")}
        return await ask(page, app.site, EXCHANGE, code, **cookie_mode)

    page = await app.leave("ann")
    await agree_there(page)
    login = await exchanged(page)
    assert (login["__typename"], login["refreshToken"], login["deviceToken"]) == ("LoggedIn", None, None)
    assert await page.evaluate("document.cookie") == ""
    assert {"postern-refresh", "postern-device"} <= (await kept(page)).keys()
    assert (await ask(page, app.site, REFRESH))["__typename"] == "Refreshed"

    factor = await set_up(app.site, login)
    page = await app.leave()
    needed = await exchanged(page)
    assert (needed["__typename"], needed["ticket"]) == ("SecondFactorNeeded", None)
    proof = {"proof": {"totpCode": await factor.fresh_code()}}
    assert (await ask(page, app.site, COMPLETE, proof, **cookie_mode))["user"]["email"] == EMAIL
    assert (await ask(page, app.site, REFRESH))["__typename"] == "Refreshed"


async def test_the_client_leaves_and_comes_back_as_the_document_has_it(app: App) -> None:
    app.files |= built()
    app.files["/account.js"] = ACCOUNT.text.replace(SERVER, app.site.settings.public_url)
    for path, script, snippet in (("/", "/buttons.js", BUTTONS), ("/welcome", "/welcome.js", WELCOME)):
        app.files[path] = f'{CLIENT_PAGE}<script type="module" src="{script}"></script>'
        app.files[script] = snippet.text.replace(HOME, app.origin)
    page = await app.come_by_service("ann")
    assert await page.evaluate("document.cookie + JSON.stringify(sessionStorage)") == "{}"
    status = "async () => (await (await import('/account.js')).postern.me()).email"
    assert await page.evaluate(status) == EMAIL
    page = await app.leave()
    await app.is_back(page, "Welcome!")
    await page.reload()
    await app.is_back(page, "That did not work.")
    assert await Session.all().count() == 2
    app.visitor.strays.clear()


async def test_a_second_factor_is_asked_for_after_it(app: App) -> None:
    page = await app.come_by_service("ann")
    factor = await set_up(app.site, {"accessToken": await app.keeps(page, "accessToken")})
    page = await app.leave()
    await app.is_back(page, "second factor")
    assert await page.evaluate("sessionStorage.getItem('accessToken')") is None
    assert await Session.all().count() == 1
    ticket, proof = await app.keeps(page, "ticket"), {"totpCode": await factor.fresh_code()}
    assert (await app.site.do(COMPLETE, ticket=ticket, proof=proof))["__typename"] == "LoggedIn"


async def test_who_cancels_there_is_told_so_here_and_may_try_again(app: App) -> None:
    page = await app.leave()
    await cancel_there(page)
    await app.is_back(page, "You have not logged in there.")
    page = await app.leave("ann")
    await cancel_there(page)
    await app.is_back(page, "You have not logged in there.")
    assert [await User.all().count(), await Identity.all().count(), await Session.all().count()] == [0, 0, 0]
    page = await app.leave()
    await agree_there(page)
    await app.is_back(page, "Welcome!")


async def test_an_account_that_is_there_is_linked_after_a_login_as_ever(app: App) -> None:
    mailbox = await app.visitor.open("/mailbox")
    await app.site.register()
    await app.site.confirm((await newest_link(mailbox)).rpartition("=")[2])
    page = await app.come_by_service("ann", says="This address has an account already.")
    assert await Session.all().count() == 0
    login = await app.site.login()
    given = [await app.keeps(page, "linkTicket"), login["accessToken"]]
    linked = await page.evaluate("async (given) => (await import('/services.js')).linkIdentity(...given)", given)
    assert (linked["__typename"], linked["identity"]["label"]) == ("IdentityLinked", EMAIL)
    letter = await newest_letter(mailbox, 2)
    await expect(letter.get_by_role("heading")).to_have_text("The company was linked")
    page = await app.leave()
    await app.is_back(page, "Welcome!")
    assert (await app.me(page))["id"] == login["user"]["id"]


async def test_who_is_signed_in_links_an_account_of_another_address_from_the_settings(app: App) -> None:
    await app.site.register()
    await app.site.confirm((await newest_link(await app.visitor.open("/mailbox"))).rpartition("=")[2])
    login = await app.site.login()
    page = await app.visitor.open(app.origin)
    await page.evaluate("token => sessionStorage.setItem('accessToken', token)", login["accessToken"])
    await page.evaluate("void import('/link.js')")
    await log_in_there(page, "another")
    async with page.expect_console_message(lambda said: said.text == "company is linked"):
        await agree_there(page)
    assert page.url == f"{app.origin}/settings"
    page = await app.leave()
    await app.is_back(page, "Welcome!")
    me = await app.me(page)
    assert (me["id"], me["email"]) == (login["user"]["id"], EMAIL)


async def test_who_has_registered_somebody_elses_address_gets_nothing_out_of_it(app: App) -> None:
    mailbox = await app.visitor.open("/mailbox")
    await app.site.register(name="Mallory")
    link = await newest_link(mailbox)
    page = await app.come_by_service("ann")
    assert (await app.me(page))["name"] == "ann"
    assert (await app.site.login())["__typename"] == "InvalidCredentials"
    assert (await app.site.confirm(link.rpartition("=")[2]))["__typename"] == "InvalidToken"
    assert (await app.me(page))["name"] == "ann"
    assert [await User.all().count(), await Session.all().count()] == [1, 1]


async def test_an_address_that_the_service_has_not_confirmed_is_by_a_letter(app: App) -> None:
    page = await app.come_by_service("unsure-ann", says="confirm")
    assert await Session.all().count() == 0
    await page.goto(await newest_link(await app.visitor.open("/mailbox")))
    await page.get_by_role("button").click()
    await expect(page.get_by_role("heading")).to_have_text("Your address is confirmed")
    page = await app.leave()
    await app.is_back(page, "Welcome!")
    assert (await app.me(page))["email"] == "unsure-ann@example.com"
