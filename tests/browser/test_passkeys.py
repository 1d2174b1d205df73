"""Passkeys with a browser's own authenticators: docs/passkeys.md as it stands there, and what goes wrong"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Page

from models import AuditEvent, Passkey
from tests.browser.frontend import frontend
from tests.browser.keys import Authenticator, authenticator
from tests.browser.mailbox import newest_link
from tests.browser.visitors import Serve, Visit
from tests.docs.blocks import block
from tests.docs.reader import PRINTED, SERVER
from tests.support.passkeys import PASSKEYS, REMOVE_PASSKEY
from tests.support.postern import Postern

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]
MODULE = block("docs/passkeys.md", "// passkeys.js")
USE = block(
    "docs/passkeys.md",
    'import { addPasskey, completeWithPasskey, logInWithPasskey, stepUpWithPasskey } from "./passkeys.js";',
)
POSTERN = block("README.md", "// postern.js")
BEN = "ben@example.com"


@dataclass
class Frontend:
    """A page of a frontend, and the authenticator of whoever reads it."""

    site: Postern
    page: Page
    keys: Authenticator
    token: str

    async def call(self, function: str, *arguments: Any) -> Any:
        """What a function of docs/passkeys.md gives back."""
        call = "async ([name, given]) => (await import('/passkeys.js'))[name](...given)"
        return await self.page.evaluate(call, [function, list(arguments)])


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
            for name, text in (("postern", POSTERN), ("passkeys", MODULE), ("use", USE)):
                scripts[f"/{name}.js"] = text.text.replace(SERVER, site.settings.public_url)
            await site.register(BEN)
            visitor = await visit(site)
            mailbox = await visitor.open("/mailbox")
            await site.confirm(await newest_token(mailbox))
            page = await visitor.open(origin)
            keys = await authenticator(page)
            yield Frontend(site, page, keys, (await site.login(BEN))["accessToken"])
            visitor.strays.clear()


async def newest_token(page: Page) -> str:
    return (await newest_link(page)).rpartition("=")[2]


async def test_what_the_document_says_works_as_it_stands(app: Frontend) -> None:
    printed: list[str] = []
    app.page.on("console", lambda message: printed.append(message.text))
    await app.page.evaluate('import("/use.js")')
    assert printed == PRINTED.findall(USE.text)
    assert len(await app.keys.credentials()) == 1


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
