"""One's own account at our pages: everything that people do with it, by forms"""

import asyncio
import base64
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

import events
from events import Event
from locales import texts
from models import AuditEvent, Passkey, RecoveryCode, Session, TotpSecret, User
from resolvers.audit import STRANGERS
from tests.account_pages.people import ORIGIN, REFRESH_COOKIE, RETURN_URL, app_on, at_home, confirmed, log_in
from tests.support.account import NEW_EMAIL, NEW_PASSWORD, works
from tests.support.factors import START, App, ask, set_up
from tests.support.forms import OURS, Browser
from tests.support.passkeys import SoftKey
from tests.support.postern import EMAIL, PASSWORD, Postern

pytestmark = pytest.mark.anyio

OTHER = "ben@example.com"
TABLET = (
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


async def app_of(browser: Browser) -> App:
    """An authenticator app that somebody has set up at the pages."""
    await browser.open("/account/second-factor")
    asked = await browser.send(typed={}, do="start")
    app = app_on(asked)
    wrong = await browser.send(typed={"code": app.wrong_code()})
    assert (wrong.status, app_on(wrong), 'id="code-wrong"' in wrong.html) == (422, app, True)
    done = await browser.send(typed={"code": app.code()})
    app.recovery_codes = re.findall(r"<li><code>(.*?)</code>", done.html)
    assert (done.title, len(app.recovery_codes)) == ("Recovery codes", 10)
    return app


async def late() -> None:
    """Lets the time be over in which a session need not say who is there."""
    await Session.all().update(stepped_up_at=datetime.now(UTC) - timedelta(hours=1))


async def test_name_and_language_are_changed_and_what_is_wrong_is_told_there(server: Postern) -> None:
    browser = await at_home(server)
    await browser.open("/account/profile")
    refused = await browser.send(typed={"name": "x" * 101, "locale": "de"})
    assert (refused.status, refused.form("name").fields) == (422, {"name": "x" * 101, "locale": "de"})
    assert (await User.get()).locale == "en"
    done = await browser.send(typed={"name": "Ann Lee", "locale": "de"})
    assert (done.path, "Your profile is saved." in done.text, "Ann Lee" in done.text) == ("/account", True, True)
    assert "Your profile is saved." not in (await browser.open("/account")).text
    assert ((await User.get()).name, (await User.get()).locale) == ("Ann Lee", "de")


async def test_a_password_is_changed_by_who_knows_the_old_one(server: Postern) -> None:
    browser = await at_home(server)
    await confirmed(server, OTHER)
    other, neighbour = await server.login(), await server.login(OTHER)
    await browser.open("/account/password")
    refused = await browser.send(typed={"currentPassword": "wrong", "newPassword": NEW_PASSWORD})
    assert (refused.status, 'id="currentPassword-wrong" role="alert">The password is wrong.' in refused.html) == (
        422,
        True,
    )
    refused = await browser.send(typed={"currentPassword": PASSWORD, "newPassword": "password123"})
    assert re.search(r'id="newPassword-wrong" role="alert">This password is too easy', refused.html)
    assert {NEW_PASSWORD, PASSWORD, "password123"} & {*refused.form("newPassword").fields.values()} == set()
    assert await works(server, other)
    done = await browser.send(typed={"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD})
    assert ("Your password is saved." in done.text, done.path) == (True, "/account")
    assert (await works(server, other), await works(server, neighbour)) == (False, True)
    assert (await server.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"


async def test_a_new_address_is_asked_for_and_confirmed_by_its_letter(server: Postern) -> None:
    browser = await at_home(server)
    await browser.open("/account/email")
    refused = await browser.send(typed={"newEmail": EMAIL, "password": PASSWORD})
    assert "This is your address already." in refused.text
    refused = await browser.send(typed={"newEmail": NEW_EMAIL, "password": "wrong"})
    assert (refused.status, 'id="password-wrong" role="alert">The password is wrong.' in refused.html) == (422, True)
    sent = await browser.send(typed={"newEmail": NEW_EMAIL, "password": PASSWORD})
    assert f"on its way to {NEW_EMAIL}" in sent.text
    token = await server.letter_token(NEW_EMAIL)
    await browser.open(f"/confirm-email-change?token={token}")
    await browser.send(typed={"token": token})
    assert NEW_EMAIL in (await browser.open("/account")).text


async def test_devices_are_seen_and_logged_out(server: Postern) -> None:
    browser = await at_home(server)
    await confirmed(server, OTHER)
    tablet = server.elsewhere(**{"User-Agent": TABLET})
    one, two, neighbour = await server.login(), await tablet.login(), await server.login(OTHER)
    page = await browser.open("/account/sessions")
    assert (page.text.count("Last used about"), page.text.count("this device")) == (3, 1)
    first, *others = page.html.split("<li>")[1:]
    assert ("this device" in first, "127.0.0.1" in first, "iPad" in first) == (True, True, False)
    assert sum("Safari, iPad" in other for other in others) == 1
    done = await browser.send("id", typed={}, do="close")
    assert "That device is logged out." in done.text
    assert await Session.all().count() == 3
    done = await browser.send(typed={}, do="close_others")
    assert [await works(server, login) for login in (one, two, neighbour)] == [False, False, True]
    gone = await browser.post("/account/sessions", {"do": "close", "id": neighbour["user"]["id"]})
    assert (gone.status, "This does not exist" in gone.text) == (422, True)
    assert (await browser.open("/account")).title == "Your account"


async def test_an_app_is_set_up_asked_for_and_taken_away(server: Postern) -> None:
    browser = await at_home(server)
    app = await app_of(browser)
    assert (await TotpSecret.get()).confirmed_at
    await browser.post("/logout", {})
    await log_in(browser)
    assert (await browser.send(typed={"code": await app.fresh_code()})).title == "Your account"
    await browser.open("/account/second-factor")
    codes = await browser.send(typed={}, do="codes")
    assert not {*app.recovery_codes} & {*re.findall(r"<li><code>(.*?)</code>", codes.html)}
    shown = (await browser.open("/account/second-factor")).html
    assert [code for code in app.recovery_codes if code in shown] == []
    removed = await browser.send(typed={}, do="remove")
    assert "Your authenticator app is removed." in removed.text
    assert (await TotpSecret.all().count(), await RecoveryCode.all().count()) == (0, 0)
    assert (await browser.open("/account/app")).forms == []


async def test_what_matters_asks_who_is_there_and_goes_on_with_what_was_typed(server: Postern) -> None:
    browser = await at_home(server)
    app = await app_of(browser)
    await late()
    await browser.open("/account/password")
    typed = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    asked = await browser.send(typed=typed)
    assert (asked.title, PASSWORD in asked.html, NEW_PASSWORD in asked.html) == ("Is it you?", False, False)
    wrong = await browser.send("asked", typed={"code": app.wrong_code()})
    assert (wrong.title, wrong.status) == ("Is it you?", 422)
    assert (await server.ask("{ __typename }"))["data"]
    before = (await User.get()).password_hash
    done = await browser.send("asked", typed={"code": await app.fresh_code()})
    assert ("Your password is saved." in done.text, (await User.get()).password_hash != before) == (True, True)
    again = await browser.open("/account/password")
    refused = await browser.send(typed={"currentPassword": NEW_PASSWORD, "newPassword": "password123"})
    assert (again.title, refused.title) == ("Change password", "Change password")


async def test_what_was_typed_comes_back_to_its_own_session_and_page_alone(server: Postern) -> None:
    browser = await at_home(server)
    await late()
    await browser.open("/account/second-factor")
    asked = await browser.send(typed={}, do="start")
    fields = asked.form("asked", "password").fields | {"password": PASSWORD}
    for path, sealed in (
        ("/account/delete", fields["asked"]),
        ("/account/second-factor", fields["asked"][:-8] + "AAAAAAA="),
    ):
        refused = await browser.post(path, fields | {"asked": sealed})
        assert "Please do it once more." in refused.text
    ben = Browser(server.elsewhere())
    await confirmed(server, OTHER)
    await log_in(ben, OTHER)
    assert "Please do it once more." in (await ben.post("/account/second-factor", fields)).text
    assert (await User.all().count(), await TotpSecret.all().count()) == (2, 0)
    done = await browser.post("/account/second-factor", fields)
    assert (done.title, await TotpSecret.all().count()) == ("Set up an authenticator app", 1)


async def test_an_app_that_waits_to_be_set_up_is_shown_to_the_session_that_has_begun_and_to_no_other(
    server: Postern,
) -> None:
    """Whoever knows the password is logged in as well: they would know the second factor, too."""
    browser = await at_home(server)
    thief = Browser(server.elsewhere())
    await log_in(thief)
    await browser.open("/account/second-factor")
    key = re.search(r'<code class="secret">.*?</code>', (await browser.send(typed={}, do="start")).html)
    other = await thief.open("/account/app")
    assert (other.status, other.forms, '<code class="secret">' in other.html) == (200, [], False)
    assert key
    assert key[0] in (await browser.open("/account/app")).html
    await ask(server, START, await server.login())
    assert (await browser.open("/account/app")).forms == []


async def test_a_wrong_password_is_asked_for_again(server: Postern) -> None:
    browser = await at_home(server)
    await late()
    await browser.open("/account/passkeys")
    await browser.send(typed={}, do="start")
    wrong = await browser.send("asked", typed={"password": "wrong"})
    assert (wrong.title, "The password is wrong." in wrong.text) == ("Is it you?", True)
    assert (await browser.send("asked", typed={"password": PASSWORD})).title == "Add a passkey"


async def test_who_has_nothing_else_proves_it_by_a_code_in_a_letter(server: Postern) -> None:
    browser = await at_home(server)
    await User.all().update(password_hash=None)
    await late()
    assert (await browser.open("/account/password")).title == "Choose a password"
    asked = await browser.send(typed={"newPassword": NEW_PASSWORD})
    assert asked.title == "Is it you?"
    await browser.send("asked", "send", typed={})
    letter = (await server.post.letters_to(EMAIL, 2))[1]
    found = re.search(r"\b(\d{4}) (\d{4})\b", letter.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert found
    wrong = await browser.send("ceremony", typed={"mailedCode": "00000000"})
    assert wrong.status == 422
    done = await browser.send("ceremony", typed={"mailedCode": found[0]})
    assert "Your password is saved." in done.text
    assert (await server.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"


async def test_a_passkey_is_added_renamed_logs_in_steps_up_and_is_taken_away(server: Postern) -> None:
    browser = await at_home(server)
    key = SoftKey(origin=ORIGIN)
    await browser.open("/account/passkeys")
    page = await browser.send(typed={}, do="start")
    assert f' data-origins="{ORIGIN}"' in page.html
    made = page.form("credential")
    answer = json.dumps(key.create(made.options))
    added = await browser.post(made.action, made.fields | {"credential": answer, "name": "Phone"})
    assert ("Your passkey is added." in added.text, "Phone" in added.text) == (True, True)
    again = await browser.post(made.action, made.fields | {"credential": answer})
    assert again.status == 422
    refused = await browser.send("id", typed={"name": "\u202e"}, do="rename")
    assert (refused.status, 'role="alert"' in refused.html) == (422, True)
    assert "Telephone" in (await browser.send("id", typed={"name": "Telephone"}, do="rename")).text
    await browser.post("/logout", {})

    page = await browser.open(f"/login?return_to={RETURN_URL}")
    assert f' data-origins="{ORIGIN}"' in page.html
    form = page.form("credential", do="passkey")
    lie = await browser.post(
        form.action, form.fields | {"credential": json.dumps(key.get(form.options, count=0)) + "x"}
    )
    assert lie.status == 422
    await browser.post(form.action, form.fields | {"credential": json.dumps(key.get(form.options))})
    assert browser.left_for == RETURN_URL
    await User.all().update(password_hash=None)
    await late()
    await browser.open("/account/passkeys")
    asked = (await browser.send("id", typed={}, do="remove")).form("asked", "credential")
    done = await browser.post(asked.action, asked.fields | {"credential": json.dumps(key.get(asked.options))})
    assert ("Your passkey is removed." in done.text, await Passkey.all().count()) == (True, 0)


async def test_a_passkey_can_be_the_second_step(server: Postern) -> None:
    browser = await at_home(server)
    key = SoftKey(origin=ORIGIN)
    await browser.open("/account/passkeys")
    made = (await browser.send(typed={}, do="start")).form("credential")
    fields = made.fields | {"credential": json.dumps(key.create(made.options)), "secondFactor": "1"}
    assert (await browser.post(made.action, fields)).title == "Recovery codes"
    await browser.post("/logout", {})
    asked = (await log_in(browser)).form("credential")
    done = await browser.post(asked.action, asked.fields | {"credential": json.dumps(key.get(asked.options))})
    assert done.title == "Your account"


async def test_ones_data_is_a_file_and_opening_the_page_none(server: Postern) -> None:
    browser = await at_home(server)
    await User.all().update(name="Zoë")
    assert (await browser.open("/account/data")).title == "Download your data"
    assert await AuditEvent.filter(event="data_exported").count() == 0
    file = await browser.post("/account/data", {})
    assert 'filename="account.json"' in file.answer.headers["Content-Disposition"]
    assert file.answer.headers["Cache-Control"] == "no-store"
    assert file.answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Zoë" in file.html, "people read it, too"
    assert file.answer.json()["account"]["canonical_email"] == EMAIL


async def test_what_has_happened_is_told_in_words_a_page_at_a_time(server: Postern) -> None:
    browser = await at_home(server)
    headers = OURS | {"User-Agent": TABLET}
    for number in range(31):
        await server.http.post("/account/profile", data={"name": f"Ann {number}", "locale": "en"}, headers=headers)
    page = await browser.open("/account/events")
    assert page.text.count("Name or language changed") == 30
    older = re.search(r'href="(/account/events\?before=[^"]+)"', page.html)
    assert older
    assert page.text.count("Safari, iPad · 127.0.0.1") == 30
    page = await browser.open(older[1])
    assert "events?before=" not in page.html, "that was all"
    assert [page.text.count(one) for one in ("Name or language changed", "Registered", "Logged in")] == [1, 1, 1]
    assert (await browser.open("/account/events?before=x")).status == 200


def test_whatever_happens_to_an_account_has_words_for_its_owner() -> None:
    about = {kind.name for kind in Event.__subclasses__() if "user_id" in kind.__dataclass_fields__}
    told = {kind.name for kind in Event.__subclasses__() if kind.name in about and (kind.audited or kind.failure)}
    never = {*STRANGERS, events.AccountDeleted.name, events.RegistrationRemoved.name}
    assert sorted(name for name in told - never if f"account.event.{name}" not in texts("en").by_key) == []


async def test_an_account_is_deleted_by_who_says_so_and_knows_its_password(server: Postern) -> None:
    browser = await at_home(server)
    await confirmed(server, OTHER)
    await browser.open("/account/delete")
    refused = await browser.post("/account/delete", {"password": PASSWORD})
    assert (refused.status, 'id="sure-wrong"' in refused.html) == (422, True)
    refused = await browser.post("/account/delete", {"password": "wrong", "sure": "1"})
    assert (refused.status, 'id="password-wrong" role="alert">The password is wrong.' in refused.html) == (422, True)
    assert await User.all().count() == 2
    done = await browser.post("/account/delete", {"password": PASSWORD, "sure": "1"})
    assert "Your account and all its data are deleted." in done.text
    assert (await User.get()).canonical_email == OTHER
    assert REFRESH_COOKIE not in server.http.cookies


async def test_of_many_forms_at_once_each_is_answered_and_a_ticket_has_five_tries(server: Postern) -> None:
    await confirmed(server)
    await set_up(server, await server.login())
    before = await Session.all().count()
    browser = Browser(server)
    await log_in(browser)
    guesses = [server.http.post("/login/second-factor", data={"code": "x"}, headers=OURS) for _ in range(50)]
    answers = await asyncio.gather(*guesses)
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(422), statuses.count(303), await Session.all().count()) == (5, 45, before)


async def test_a_double_click_does_it_once_and_says_so(server: Postern) -> None:
    browser = await at_home(server)
    await browser.open("/account/second-factor")
    await browser.send(typed={}, do="start")
    app = App(base64.b32decode(str((await browser.open("/account/app")).html.partition("secret=")[2][:32])), [])
    fields = {"code": app.code()}
    answers = await asyncio.gather(*(server.http.post("/account/app", data=fields, headers=OURS) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
    assert (await RecoveryCode.all().count(), await TotpSecret.all().count()) == (10, 1)


async def test_nobody_who_is_logged_out_by_now_changes_anything(server: Postern) -> None:
    browser = await at_home(server)
    page = await browser.open("/account/profile")
    await Session.all().delete()
    asked = await browser.post(page.forms[0].action, {"name": "Mallory", "locale": "en"})
    assert asked.path.startswith("/login?next=%2Faccount%2Fprofile")
    assert (await User.get()).name is None
    back = await browser.send(typed={"email": EMAIL, "password": PASSWORD})
    assert back.title == "Name and language"
