"""The client in Chromium: reloads, second tabs, ended and stolen tokens; passkeys as docs/client.md has them"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from models import Passkey, Session
from tests.browser.client import LOGIN, App, Tab, opened
from tests.browser.keys import authenticator
from tests.browser.test_cookie_mode import kept
from tests.browser.visitors import Serve, Visit
from tests.docs.blocks import block
from tests.docs.reader import PRINTED
from tests.support.account import REFRESH, REVOKE_OTHERS
from tests.support.postern import EMAIL, ME

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]
TOKEN = {"transport": "token", "storage": "localStorage"}
NO_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })"
OPEN_AND_LEAVE = """async (options) => {
  const { createPostern } = await import("/client/index.js");
  const leaving = (...request) => {
    const answer = fetch(...request);
    location.assign("/left");
    return answer;
  };
  createPostern({ ...options, fetch: leaving }).resume().catch(() => {});
}"""
WORKER = """const { createPostern } = await import(`${location.origin}/client/index.js`);
onmessage = async ({ data }) => postMessage((await createPostern(data).me())?.email);
postMessage("ready");"""
ASK_WORKER = """(options) => new Promise((resolve) => {
  const worker = new Worker("/worker.js", { type: "module" });
  worker.onmessage = ({ data }) => (data === "ready" ? worker.postMessage(options) : resolve(data));
})"""
PASSKEYS = block("docs/client.md", "// Adding one, and logging in with it")
DYNAMIC, DYNAMICALLY = re.compile(r'^import (.+) from ("\./.+");$', re.MULTILINE), r"const \1 = await import(\2);"
PATIENCE_SECONDS = 20
A_SECOND = timedelta(seconds=1)
END = """postern.accessToken().then((token) => {
  const { exp } = JSON.parse(atob(token.split(".")[1]));
  return (exp + 1) * 1000; // it came within the second that it was made in
})"""
MOVE_ON = "() => { const { now } = Date; Date.now = () => now() + 15 * 60_000; }"


@pytest.fixture
async def app(serve: Serve, visit: Visit) -> AsyncIterator[App]:
    async with opened(serve, visit) as known:
        yield known


@pytest.mark.parametrize("options", [{}, TOKEN], ids=["cookie", "localStorage"])
async def test_a_login_and_a_logout_happen_in_every_tab_at_once_and_outlast_a_reload(
    app: App, options: dict[str, str]
) -> None:
    app.files["/worker.js"] = WORKER
    first, second = await app.tab(**options), await app.tab(**options)
    assert [await first.status(), await second.status()] == ["signedOut", "signedOut"]
    result = await first.call("login", LOGIN)
    assert (result["__typename"], result.keys()) == ("LoggedIn", {"__typename", "user"})
    await second.becomes("signedIn")
    assert await second.mine() == [EMAIL]
    assert await first.open() == "signedIn"
    assert await (await app.tab(**options)).mine() == [EMAIL]
    if not options:
        assert await first.page.evaluate(ASK_WORKER, app.options) == EMAIL

    await second.call("logout")
    await first.becomes("signedOut")
    assert await first.mine() == [None]
    assert await Session.all().count() == 0
    assert await first.page.evaluate("seen") == ["signedIn", "signedOut"]
    assert [await first.open(), await second.open()] == ["signedOut", "signedOut"]


async def test_twenty_requests_of_two_tabs_whose_token_has_ended_do_one_refresh(app: App) -> None:
    first, second = await app.tab(), await app.tab()
    await first.call("login", LOGIN)
    await second.becomes("signedIn")
    for tab in (first, second):
        await tab.page.evaluate(MOVE_ON)
    before = len(app.refreshes)
    assert await both(first, second) == [EMAIL] * 20
    assert len(app.refreshes) - before == 1


async def test_without_web_locks_two_tabs_refresh_at_the_same_moment_and_stay_signed_in(
    serve: Serve, visit: Visit
) -> None:
    async with opened(serve, visit, access_token_lifetime=A_SECOND) as app:
        await app.visitor.context.add_init_script(NO_LOCKS)
        first, second = await app.tab(**TOKEN), await app.tab(**TOKEN)
        await first.call("login", LOGIN)
        await second.becomes("signedIn")
        await first.page.wait_for_function("(end) => Date.now() > end", arg=await first.page.evaluate(END))
        for _ in range(2):
            assert await both(first, second) == [EMAIL] * 20
        assert await Session.all().count() == 1


async def both(first: Tab, second: Tab) -> list[str | None]:
    """Whose account it is, asked ten times in each of them at once."""
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(tab.mine(10)) for tab in (first, second)]
    return [email for one in asked for email in one.result()]


async def test_a_thief_who_uses_a_copied_token_ends_the_session_in_every_tab(app: App) -> None:
    """And the owner is told by mail."""
    first, second = await app.tab(**TOKEN), await app.tab(**TOKEN)
    await first.call("login", LOGIN)
    await second.becomes("signedIn")
    stolen = json.loads(await first.page.evaluate("localStorage.getItem('postern')"))["refreshToken"]
    for tab in (first, second):
        assert await tab.open() == "signedIn"
    assert (await app.site.do(REFRESH, refreshToken=stolen))["__typename"] == "InvalidToken"
    assert await first.mine() == [None]
    await second.becomes("signedOut")
    assert json.loads(await second.page.evaluate("localStorage.getItem('postern')")).keys() == {"deviceToken"}


async def test_a_page_that_is_left_in_the_middle_of_a_refresh_has_its_next_cookie_all_the_same(app: App) -> None:
    tab = await app.tab()
    await tab.call("login", LOGIN)
    before = (await kept(tab.page))["postern-refresh"]["value"]
    await tab.page.evaluate(OPEN_AND_LEAVE, tab.options)
    await tab.page.wait_for_url("**/left")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await kept(tab.page))["postern-refresh"]["value"] == before:  # noqa: ASYNC110 - a cookie wakes nobody
            await asyncio.sleep(0.02)
    assert await tab.open() == "signedIn"


async def test_a_session_that_was_closed_elsewhere_is_over_at_the_next_request(app: App) -> None:
    first, second = await app.tab(), await app.tab()
    await first.call("login", LOGIN)
    await second.becomes("signedIn")
    login = await app.site.login()
    await app.site.ask(REVOKE_OTHERS, token=login["accessToken"])
    assert await first.mine() == [None]
    await second.becomes("signedOut")
    assert "postern-refresh" not in await kept(first.page)
    assert (await app.site.ask(ME, token=login["accessToken"]))["data"]["me"]["email"] == EMAIL


async def test_scripts_find_no_token_and_can_neither_send_it_elsewhere_nor_slip_one_in(app: App) -> None:
    tab = await app.tab()
    await tab.call("login", LOGIN)
    kept_by_page = "JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, postern])"
    assert "eyJ" not in await tab.page.evaluate(kept_by_page)

    for address in ("/", "//evil.test/", app.origin, f"{app.options['url']}@evil.test/", "data:,x"):
        refused = "(address) => postern.fetch(address).then(() => 'sent', (error) => error.message)"
        assert "no access token is sent" in await tab.page.evaluate(refused, address)

    other = await app.visitor.open(app.origin)
    says = """([name, said]) => { const channel = new BroadcastChannel(name);
      for (const one of said) channel.postMessage(one); channel.close(); }"""
    channel, in_2100 = f"postern {app.options['url']}", 4102444800000
    nonsense = ["hello", None, {}, {"ended": "x"}, {"token": "x", "since": in_2100}, {"token": 1}]
    await other.evaluate(says, [channel, nonsense])
    assert await tab.mine() == [EMAIL]
    assert await tab.status() == "signedIn"

    late = {"token": await tab.call("accessToken"), "since": in_2100}
    await tab.call("logout")
    await other.evaluate(says, [channel, [late]])
    assert await tab.mine() == [None]
    assert await tab.page.evaluate("seen") == ["signedOut", "signedIn", "signedOut"], "it comes too late"


async def test_a_passkey_is_added_and_logs_in_as_the_document_has_it_and_a_closed_window_is_a_result(
    serve: Serve, visit: Visit
) -> None:
    async with opened(serve, visit, name="localhost") as app:
        tab = await app.tab()
        keys = await authenticator(tab.page)
        await tab.call("login", LOGIN)
        printed: list[str] = []
        tab.page.on("console", lambda message: printed.append(message.text))
        await tab.page.evaluate(f"(async () => {{ {DYNAMIC.sub(DYNAMICALLY, PASSKEYS.text)} }})()")
        assert printed == PRINTED.findall(PASSKEYS.text) == ["PasskeyAdded", "LoggedIn"]
        await tab.becomes("signedIn")
        assert (await tab.call("stepUpWithPasskey"))["__typename"] == "SteppedUp"

        await keys.session.send("WebAuthn.setUserVerified", {"authenticatorId": keys.id, "isUserVerified": False})
        failed = await tab.call("loginWithPasskey")
        assert (failed["__typename"], failed["reason"]) == ("PasskeyFailed", "cancelled")
        assert await tab.mine() == [EMAIL], "who is signed in stays so"
        await keys.session.send("WebAuthn.setUserVerified", {"authenticatorId": keys.id, "isUserVerified": True})

        added = await tab.call("addPasskey", {"name": "Another", "asSecondFactor": True})
        assert (added["__typename"], added["reason"]) == ("PasskeyFailed", "unsupported"), "it has one already"
        await Passkey.all().update(second_factor=True)
        needed = await tab.call("login", LOGIN)
        assert (needed["__typename"], needed["ticket"]) == ("SecondFactorNeeded", None)
        assert (await tab.call("completeLoginWithPasskey", needed))["__typename"] == "LoggedIn"

        await Passkey.all().delete()
        assert (await tab.call("loginWithPasskey"))["__typename"] == "UnknownPasskey"
        assert await keys.credentials() == [], "the device has forgotten it"
