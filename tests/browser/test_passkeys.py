"""Passkeys with a browser's own authenticators: docs/passkeys.md as it stands there, and what goes wrong"""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Page

from models import AuditEvent, Passkey, User
from tests.browser.frontend import frontend
from tests.browser.keys import Authenticator, authenticator
from tests.browser.mailbox import newest_link
from tests.browser.visitors import Serve, Visit
from tests.docs.blocks import block
from tests.docs.reader import PRINTED, SERVER
from tests.support.account import DELETE
from tests.support.factors import REMOVE, ask
from tests.support.factors import App as AuthenticatorApp
from tests.support.outbox import done_with
from tests.support.passkeys import PASSKEYS, REMOVE_PASSKEY
from tests.support.postern import PASSWORD, Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]
MODULE = block("docs/passkeys.md", "// passkeys.js")
USE = block(
    "docs/passkeys.md",
    'import { addPasskey, completeWithPasskey, logInWithPasskey, stepUpWithPasskey } from "./passkeys.js";',
)
MODULES = {
    "postern": block("docs/fetch.md", "// postern.js"),
    "factors": block("docs/second-factors.md", "// factors.js"),
    "stepping-up": block("docs/second-factors.md", "// stepping-up.js"),
    "codes": block("docs/login-codes.md", "// codes.js"),
    "passkeys": MODULE,
    "use": USE,
}
BEN = "ben@example.com"


@dataclass
class Frontend:
    """A page of a frontend, and the authenticator of whoever reads it."""

    site: Postern
    page: Page
    keys: Authenticator
    token: str

    async def call(self, function: str, *arguments: Any, of: str = "passkeys") -> Any:
        """What a function of docs/passkeys.md, or of another module there, gives back."""
        call = "async ([module, name, given]) => (await import(`/${module}.js`))[name](...given)"
        return await self.page.evaluate(call, [of, function, list(arguments)])


@pytest.fixture
async def app(serve: Serve, visit: Visit) -> AsyncIterator[Frontend]:
    async with opened(serve, visit) as known:
        yield known


@asynccontextmanager
async def opened(serve: Serve, visit: Visit, **changes: Any) -> AsyncIterator[Frontend]:
    scripts: dict[str, str] = {}
    async with frontend(scripts) as address:
        origin = address.replace("127.0.0.1", "localhost")
        async with serve(**{"passkey_origins": origin} | changes) as site:
            for name, text in MODULES.items():
                scripts[f"/{name}.js"] = text.text.replace(SERVER, site.settings.public_url)
            await site.register(BEN)
            visitor = await visit(site)
            mailbox = await visitor.open("/mailbox")
            await site.confirm(await newest_token(mailbox))
            page = await visitor.open(origin)
            keys = await authenticator(page)
            yield Frontend(site, page, keys, (await site.login(BEN))["accessToken"])
            visitor.strays.clear()


async def newest_token(page: Page, count: int = 1) -> str:
    return (await newest_link(page, count)).rpartition("=")[2]


async def test_what_the_document_says_works_as_it_stands(app: Frontend) -> None:
    printed: list[str] = []
    app.page.on("console", lambda message: printed.append(message.text))
    await app.page.evaluate('import("/use.js")')
    assert printed == PRINTED.findall(USE.text)
    assert len(await app.keys.credentials()) == 1


async def test_one_account_lives_with_an_app_with_a_passkey_with_that_alone_and_with_codes_by_mail(
    app: Frontend,
) -> None:
    """As frontends have it from docs/: their functions, and pictures that a browser shows."""
    password = {"email": BEN, "password": PASSWORD}
    started = await app.call("startTotp", app.token, of="factors")
    await app.page.set_content(f'<img alt="QR" src="{started["qrCode"]}">')
    assert await app.page.evaluate("document.images[0].decode().then(() => document.images[0].naturalWidth)")
    phone = AuthenticatorApp(base64.b32decode(started["secret"]), [])
    confirmed = await app.call("confirmTotp", phone.code(), app.token, of="factors")
    needed = await app.call("logIn", password, of="factors")
    assert (len(confirmed["recoveryCodes"]), needed["methods"]) == (10, ["TOTP", "RECOVERY_CODE"])
    proof = {"totpCode": await phone.fresh_code()}
    login = await app.call("completeLogin", {"ticket": needed["ticket"], "proof": proof}, of="factors")
    await app.page.goto(app.page.url)

    added = await app.call("addPasskey", login["accessToken"], {"asSecondFactor": True})
    assert (await ask(app.site, REMOVE, login))["secondFactorLeft"] is True
    login = await app.call("completeWithPasskey", await app.call("logIn", password, of="factors"))
    assert (await app.call("stepUpWithPasskey", login["accessToken"]))["__typename"] == "SteppedUp"

    await User.all().update(password_hash=None)
    login = await app.call("logInWithPasskey")
    removed = await app.site.do(REMOVE_PASSKEY, login["accessToken"], passkeyId=added["passkey"]["id"])
    assert removed["__typename"] == "PasskeyRemoved"
    await done_with("passkey_removed")

    sent = await app.call("requestLoginCode", BEN, of="codes")
    digits = await newest_token(await app.page.context.new_page(), 6)
    login = await app.call("loginWithCode", {"ticket": sent["ticket"], "code": digits}, of="codes")
    assert (await app.site.do(DELETE, login["accessToken"]))["__typename"] == "AccountDeleted"
    assert await User.all().count() == 0


async def test_the_browser_suggests_a_passkey_where_the_address_is_typed(app: Frontend) -> None:
    await app.page.set_content('<input autocomplete="username webauthn" autofocus>')
    assert (await app.call("addPasskey", app.token))["__typename"] == "PasskeyAdded"
    login = await app.call("logInWithPasskey", {"mediation": "conditional"})
    assert login["__typename"] == "LoggedIn"


async def test_a_removed_passkey_is_not_known_and_the_device_hears_of_it(app: Frontend) -> None:
    added = await app.call("addPasskey", app.token)
    login = await app.call("logInWithPasskey")
    removed = await app.site.do(REMOVE_PASSKEY, login["accessToken"], passkeyId=added["passkey"]["id"])
    assert removed["acceptedCredentialIds"] == []
    assert (await app.call("logInWithPasskey"))["__typename"] == "UnknownPasskey"
    assert await app.keys.credentials() == [], "it offers it no more"


async def test_one_authenticator_makes_one_passkey_of_an_account(app: Frontend) -> None:
    await app.call("addPasskey", app.token)
    again = await app.page.evaluate(
        "async (token) => (await import('/passkeys.js')).addPasskey(token).catch((error) => error.name)", app.token
    )
    assert again == "InvalidStateError"
    assert await Passkey.all().count() == 1


async def test_a_page_that_is_not_listed_is_refused(serve: Serve, visit: Visit) -> None:
    async with opened(serve, visit, passkey_origins="http://localhost:1") as app:
        assert (await app.call("addPasskey", app.token))["__typename"] == "InvalidProof"
        assert (await app.site.ask(PASSKEYS, token=app.token))["data"]["me"]["passkeys"] == []


async def test_a_copy_of_a_key_is_found_out_by_its_count(app: Frontend) -> None:
    await app.call("addPasskey", app.token)
    (copied,) = await app.keys.credentials()
    for _ in range(2):
        assert (await app.call("logInWithPasskey"))["__typename"] == "LoggedIn"
    await app.keys.put(copied)
    assert (await app.call("logInWithPasskey"))["__typename"] == "InvalidProof"
    assert await AuditEvent.filter(event="passkey_cloned").count() == 1
