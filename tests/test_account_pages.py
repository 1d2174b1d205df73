"""/reset-password, /confirm-email-change, /undo-email-change: the pages behind their links"""

from datetime import UTC, datetime, timedelta

import pytest

from models import Link, Session, User
from tests.support.account import NEW_EMAIL, NEW_PASSWORD, requested_change, requested_reset, works
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice, body
from tests.test_confirm_email_page import is_private_page

pytestmark = pytest.mark.anyio

PATHS = ["/reset-password", "/confirm-email-change", "/undo-email-change"]


async def tokens(server: Postern) -> dict[str, str]:
    """A good token for each page."""
    reset = await requested_reset(server)
    login = await server.login()
    change, undo = await requested_change(server, login)
    return dict(zip(PATHS, (reset, change, undo), strict=True))


@pytest.mark.parametrize("path", PATHS)
@once
async def test_opening_a_link_shows_a_page_and_changes_nothing(postern: Postern, path: str) -> None:
    login = await postern.logged_in()
    token = (await tokens(postern))[path]
    rows = [await User.all().values(), await Link.all().order_by("id").values()]
    assert (await postern.http.head(path, params={"token": token})).status_code == 200
    page = await postern.http.get(path, params={"token": token})
    assert is_private_page(page)
    assert (NEW_EMAIL if path == "/confirm-email-change" else EMAIL) in page.text
    assert ("a…@example.com" in page.text) == (path == "/confirm-email-change"), "it says whose account is to move"
    assert f'action="{path}"' in page.text
    shortest = postern.settings.password_min_length
    assert page.text.count(f'minlength="{shortest}"') == (path == "/reset-password")
    assert [await User.all().values(), await Link.all().order_by("id").values()] == rows
    assert await works(postern, login)


@once
async def test_the_form_sets_a_new_password(postern: Postern) -> None:
    login = await postern.logged_in()
    token = await requested_reset(postern)
    page = await postern.http.post("/reset-password", data={"token": token, "newPassword": NEW_PASSWORD})
    assert (page.status_code, is_private_page(page)) == (200, True)
    assert NEW_PASSWORD not in page.text
    assert not await works(postern, login)
    assert (await postern.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"
    again = await postern.http.post("/reset-password", data={"token": token, "newPassword": PASSWORD})
    assert again.status_code == 400


@once
@pytest.mark.parametrize("password", ["short", "password123", ""])
async def test_the_form_comes_again_with_advice_where_the_password_is_not_good(postern: Postern, password: str) -> None:
    login = await postern.logged_in()
    token = await requested_reset(postern)
    page = await postern.http.post("/reset-password", data={"token": token, "newPassword": password})
    assert (page.status_code, is_private_page(page)) == (422, True)
    assert 'role="alert"' in page.text
    assert EMAIL in page.text
    assert f'value="{token}"' in page.text
    assert await works(postern, login)
    assert (await postern.login())["__typename"] == "LoggedIn"


@once
@pytest.mark.parametrize(
    ("header", "locale", "advice"),
    [
        ("de", "de", "Dieses Passwort ist zu leicht zu erraten. Es ist ein sehr häufiges Passwort."),
        ("fr-CH", "fr", "Ce mot de passe est trop facile à deviner. C’est un mot de passe très courant."),
        ("tlh", "en", "This password is too easy to guess. It is a very common password."),
        (None, "en", "This password is too easy to guess. It is a very common password."),
    ],
)
async def test_advice_is_in_the_pages_language_and_in_that_of_programs_with_a_code(
    postern: Postern, header: str | None, locale: str, advice: str
) -> None:
    login = await postern.logged_in()
    fields = {"token": await requested_reset(postern), "newPassword": "basketball1"}
    headers = {} if header is None else {"Accept-Language": header}
    page = await postern.http.post("/reset-password", data=fields, headers=headers)
    assert page.status_code == 422
    assert f"<li>{advice}" in page.text
    assert f'<html lang="{locale}">' in page.text
    assert page.text.count("lang=") == 1, "nothing on it is in another language"
    program = await postern.http.post("/reset-password", json=fields, headers=headers)
    assert (program.status_code, program.json()["codes"]) == (422, ["TOO_EASY_TO_GUESS"])
    assert program.json()["errors"][0].startswith(advice)
    for answer in (page, program):
        assert answer.headers["Content-Language"] == locale
        assert "Accept-Language" in answer.headers["Vary"]
    assert await works(postern, login)


@once
async def test_programs_get_json(postern: Postern) -> None:
    await postern.joined()
    all_tokens = await tokens(postern)
    weak = await postern.http.post("/reset-password", json={"token": all_tokens[PATHS[0]], "newPassword": "short"})
    assert (weak.status_code, weak.json()["status"]) == (422, "invalid_input")
    assert weak.json()["errors"]
    expected = [("changed", NEW_EMAIL), ("undone", EMAIL)]
    for path, (status, email) in zip(PATHS[1:], expected, strict=True):
        answer = await postern.http.post(path, json={"token": all_tokens[path]})
        assert (answer.status_code, answer.json()) == (200, {"status": status, "email": email})
    await postern.post.letters_to(EMAIL, 4)  # the last by itself, after undoing
    token = await requested_reset(postern)
    answer = await postern.http.post("/reset-password", json={"token": token, "newPassword": NEW_PASSWORD})
    told = answer.json()
    assert told.pop("deviceToken")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.status_code, told) == (200, {"status": "reset", "email": EMAIL})


@pytest.mark.parametrize("path", PATHS)
@once
async def test_expired_and_invalid_links_have_pages_and_words_and_change_nothing(postern: Postern, path: str) -> None:
    login = await postern.logged_in()
    token = (await tokens(postern))[path]
    await Link.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    for known, status, word in ((token, 410, "expired"), ("no token of ours", 400, "invalid")):
        page = await postern.http.get(path, params={"token": known})
        assert (page.status_code, is_private_page(page)) == (status, True)
        page = await postern.http.post(path, data={"token": known, "newPassword": NEW_PASSWORD})
        assert (page.status_code, is_private_page(page)) == (status, True)
        answer = await postern.http.post(path, json={"token": known, "newPassword": NEW_PASSWORD})
        assert (answer.status_code, answer.json()) == (status, {"status": word})
    assert await works(postern, login)
    assert (await User.get()).canonical_email == EMAIL


@once
async def test_the_page_of_an_expired_reset_link_sends_another_right_there(postern: Postern) -> None:
    await postern.joined()
    old = await requested_reset(postern)
    await Link.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert 'name="resend"' in (await postern.http.get("/reset-password", params={"token": old})).text
    assert (await postern.http.post("/reset-password", data={"token": old, "resend": "1"})).status_code == 200
    new = await postern.letter_token(nth=3)
    answer = await postern.http.post("/reset-password", json={"token": new, "newPassword": NEW_PASSWORD})
    assert answer.json()["status"] == "reset"


@once
async def test_clicking_through_the_pages_changes_the_address_and_back(postern: Postern) -> None:
    login = await postern.logged_in()
    change, undo = await requested_change(postern, login)
    typed = {"token": change, "resend": "1"}  # which this page knows nothing of
    assert (await postern.http.post("/confirm-email-change", data=typed)).status_code == 200
    assert (await User.get()).canonical_email == NEW_EMAIL
    assert (await postern.http.post("/undo-email-change", data={"token": undo})).status_code == 200
    assert (await User.get()).canonical_email == EMAIL
    assert await Session.all().count() == 0


@once
async def test_the_letter_can_link_to_the_frontends_own_page_for_a_new_password(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    page = "https://app.example.com/reset?token={token}"
    settings = make_settings(database_url=database_url, smtp_url=post.url, reset_password_url=page)
    async with running(settings, post) as server:
        await server.logged_in()
        token = await requested_reset(server)
        assert page.replace("{token}", token) in body(post.letters[-1])
