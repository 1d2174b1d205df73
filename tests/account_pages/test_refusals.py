"""Our own pages: what goes wrong is told at its field, what was typed stays, and nobody learns who has an account"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import Session, User
from tests.account_pages.people import ORIGIN, at_home, confirmed, log_in
from tests.support.forms import Browser
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.walks import each

pytestmark = pytest.mark.anyio

NOBODY = "nobody@example.com"


async def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(server: Postern, browser: Browser) -> None:
    await browser.open("/register")
    typed = {"email": "ann example.com", "name": 'Ann "<b>" & Co', "password": "password123"}
    refused = await browser.send(typed=typed)
    assert refused.status == 422
    for name, told in (("email", "An email address has"), ("password", "too easy to guess")):
        wrong = re.search(rf'id="{name}-wrong" role="alert">([^<]*)<', refused.html)
        assert wrong
        assert told in wrong[1]
        assert re.search(rf'id="{name}"[^>]*aria-describedby="[^"]*{name}-wrong"[^>]*aria-invalid="true"', refused.html)
    assert refused.form("email").fields == typed | {"password": ""}
    assert "<b>" not in refused.html
    assert "password123" not in refused.html
    assert await User.all().count() == 0


@pytest.mark.parametrize(
    ("locale", "told"), [("de", "Die Adresse oder das Passwort ist falsch"), ("fr-CH", "adresse ou le mot de passe")]
)
async def test_it_is_told_in_the_readers_language(server: Postern, locale: str, told: str) -> None:
    browser = Browser(server)
    page = await browser.open("/login", **{"Accept-Language": locale})
    answer = await browser.post(page.forms[0].action, {"email": EMAIL, "password": "x"}, **{"Accept-Language": locale})
    assert (answer.status, answer.answer.headers["Content-Language"]) == (422, locale[:2])
    assert told.lower() in answer.text.lower()
    await browser.post("/register", {"email": EMAIL, "password": PASSWORD}, **{"Accept-Language": locale})
    assert ((await User.get()).locale, (await User.get()).name) == (locale[:2], None)


async def test_a_wrong_password_and_an_unknown_address_look_alike(server: Postern, browser: Browser) -> None:
    await confirmed(server)
    answers = []
    for email in (EMAIL, NOBODY):
        refused = await log_in(browser, email, "not the password")
        assert refused.status == 422
        answers.append(_same(refused.html.replace(email, "")))
    assert answers[0] == answers[1]
    assert await Session.all().count() == 0


@pytest.mark.parametrize("path", ["/register", "/forgot-password", "/register/again", "/login/code"])
async def test_asking_for_a_letter_answers_the_same_whoever_has_the_address(server: Postern, path: str) -> None:
    await confirmed(server)
    answers = []
    for email in (EMAIL, NOBODY):
        browser = Browser(server.elsewhere())
        await browser.open(path)
        typed = {"email": email} | ({"password": PASSWORD} if path == "/register" else {})
        sent = await browser.send(typed=typed)
        answers.append((sent.status, sent.path, _same(sent.html.replace(email, ""))))
    assert answers[0] == answers[1]


def _same(html: str) -> str:
    """Without what is another each time."""
    return re.sub(r'(data-options|value)="[^"]{40,}"', "", html)


async def test_too_many_attempts_are_told_with_how_long_to_wait(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    usual: dict[str, Any] = {"database_url": database_url, "smtp_url": post.url, "public_url": ORIGIN}
    limits = {"login_limit_per_account": "2 per 5 minutes", "login_limit_per_device": "1 per 5 minutes"}
    async with running(make_settings(**usual, **limits), post) as server:
        await confirmed(server)
        browser = Browser(server)
        for _ in range(2):
            assert (await log_in(browser, password="wrong")).status == 422
        refused = await log_in(browser)
        assert (refused.status, refused.form("email", "password").fields["email"]) == (429, EMAIL)
        assert re.search(r"Please wait \d+ (minutes|seconds)", refused.text)
        assert 0 < int(refused.answer.headers["Retry-After"]) <= 300
        assert await Session.all().count() == 0
        owner = await at_home(server, "ben@example.com")
        await Session.all().update(stepped_up_at=datetime.now(UTC) - timedelta(hours=1))
        await owner.open("/account/passkeys")
        await owner.send(typed={}, do="start")
        assert (await owner.send("asked", typed={"password": "wrong"})).status == 422
        refused = await owner.send("asked", typed={"password": PASSWORD})
        assert (refused.status, 0 < int(refused.answer.headers["Retry-After"]) <= 300) == (429, True)


async def test_a_closed_account_is_told_to_its_owner_alone_and_signed_in_nowhere(server: Postern) -> None:
    browser = await at_home(server)
    await User.all().update(disabled_at=datetime.now(UTC))
    assert (await browser.open("/account")).path.startswith("/login")
    assert (await log_in(browser)).status == 403
    assert "This account is closed" in (await log_in(browser)).text
    assert "This account is closed" not in (await log_in(browser, password="wrong")).text


async def test_a_login_gives_its_browser_a_new_session_whatever_cookies_it_had(server: Postern) -> None:
    """Session fixation."""
    await confirmed(server, "mallory@example.com")
    mallory = Browser(server.elsewhere())
    await log_in(mallory, "mallory@example.com")
    planted = dict(mallory.http.cookies)
    await confirmed(server)
    ann = Browser(server)
    for name, value in planted.items():
        server.http.cookies.set(name, value, "accounts.example.com")
    assert "mallory@example.com" in (await ann.open("/login")).text
    done = await ann.post("/login", {"email": EMAIL, "password": PASSWORD})
    assert EMAIL in done.text
    assert EMAIL not in (await mallory.open("/account")).text
    assert not set(planted.values()) & set(server.http.cookies.values())


@pytest.mark.parametrize("cookie", ["", "x", "eyJ.eyJ.x", "\u00e9", "a" * 4000])
async def test_a_cookie_that_is_none_of_ours_is_nobodys(server: Postern, cookie: str) -> None:
    header = f"__Host-postern-refresh={cookie}".encode("latin-1")
    answer = await server.elsewhere().http.get("/account", headers=[(b"cookie", header)])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=%2Faccount")


async def test_a_notice_that_somebody_has_made_up_says_no_more_than_ours(server: Postern) -> None:
    async def says(case: tuple[str, int]) -> None:
        notice, letters = case
        page = await server.http.get("/login", headers={"Cookie": f"__Host-postern-notice={notice}"})
        assert (page.status_code, page.text.count("~"), "<b>" in page.text) == (200, letters, False)

    await each([(f"code_sent:%3Cb%3E{'~' * 500}", 297), (f"title:{'~' * 9}", 0), ("~" * 9, 0)], says)
