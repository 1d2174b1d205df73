"""Every message comes in the caller's language, and what a programmer has to mend in English"""

from typing import Any

import pytest

from locales import LOCALES, texts
from models import Session, User
from resolvers import password_logins
from tests.support.account import NEW_EMAIL, REFRESH, REQUEST_CHANGE, REQUEST_RESET
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, LOGIN, ME, PASSWORD, REGISTER, RESEND, Postern, running
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio

ASKED = [("de", "de"), ("de-AT, fr;q=0.5", "de"), ("fr-CH", "fr"), ("en", "en"), ("tlh", "en"), (None, "en")]
WRONG_PASSWORD = {
    "en": "The address or the password is wrong.",
    "de": "Die Adresse oder das Passwort ist falsch.",
    "fr": "L’adresse ou le mot de passe est incorrect.",
}


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing."""
    return "sqlite"


def speaking(postern: Postern, header: str | None) -> None:
    """From now on requests come with this Accept-Language, or with none."""
    postern.http.headers.pop("Accept-Language", None)
    if header is not None:
        postern.http.headers["Accept-Language"] = header


async def sent(postern: Postern, query: str, inputs: dict[str, Any] | None = None, **headers: str) -> Any:
    asked = {"query": query, "variables": {"input": inputs} if inputs else None}
    return await postern.http.post("/graphql", json=asked, headers=headers)


async def top_level(postern: Postern, query: str, inputs: dict[str, Any] | None = None, **headers: str) -> Any:
    answer = await sent(postern, query, inputs, **headers)
    (error,) = answer.json()["errors"]
    assert answer.headers["Content-Language"] in LOCALES
    return error


@pytest.mark.parametrize(("header", "locale"), ASKED)
async def test_a_problem_is_told_in_the_language_that_the_caller_asks_for(
    postern: Postern, header: str | None, locale: str
) -> None:
    speaking(postern, header)
    answer = await sent(postern, LOGIN, {"email": EMAIL, "password": PASSWORD})
    assert answer.json()["data"]["login"]["message"] == WRONG_PASSWORD[locale]
    assert answer.headers["Content-Language"] == locale
    assert "Accept, Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_kind_of_problem_has_its_own_words(postern: Postern, locale: str) -> None:
    t = texts(locale)
    speaking(postern, locale)
    token = await postern.registered()
    assert (await postern.login())["message"] == t("refusal.email_not_confirmed")
    assert (await postern.confirm("no token of ours"))["message"] == t("refusal.invalid_token")
    await postern.confirm(token)
    login = await postern.login()
    inputs = {"newEmail": NEW_EMAIL, "password": "not the one"}
    wrong = await postern.do(REQUEST_CHANGE, login["accessToken"], **inputs)
    assert wrong["message"] == t("refusal.wrong_password")
    await Session.all().delete()
    ended = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    assert (ended["__typename"], ended["message"]) == ("InvalidToken", t("refusal.session_ended"))
    assert (await User.get()).canonical_email == EMAIL


@pytest.mark.parametrize(("header", "locale"), ASKED)
async def test_what_has_to_be_logged_in_for_says_so_in_the_callers_language(
    postern: Postern, header: str | None, locale: str
) -> None:
    speaking(postern, header)
    for authorization in ("", "Bearer no.token.ofours"):
        error = await top_level(postern, ME, Authorization=authorization)
        assert (error["extensions"], error["path"]) == ({"code": "UNAUTHENTICATED"}, ["me"])
        assert error["message"] == texts(locale)("refusal.unauthenticated")


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_page_that_may_not_use_cookies_is_told_in_its_language(postern: Postern, locale: str) -> None:
    speaking(postern, locale)
    headers = {"X-Token-Transport": "cookie", "Origin": "https://evil.example"}
    error = await top_level(postern, LOGIN, {"email": EMAIL, "password": PASSWORD}, **headers)
    assert error["extensions"] == {"code": "FORBIDDEN"}
    assert error["message"] == texts(locale)("refusal.forbidden")


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_breaks_is_told_in_the_callers_language_with_its_id(
    postern: Postern, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    speaking(postern, locale)
    monkeypatch.setattr(password_logins, "find_with_newest", lambda *_, **__: 1 / 0)
    error = await top_level(postern, LOGIN, {"email": EMAIL, "password": PASSWORD})
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["message"] == texts(locale)("error.internal", id=error["extensions"]["id"])


@pytest.mark.parametrize("locale", LOCALES)
async def test_who_has_tried_too_often_is_told_in_the_callers_language(
    make_settings: MakeSettings, database_url: str, post: PostOffice, locale: str
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, login_limit_per_account="1 per hour")
    async with running(settings, post) as server:
        speaking(server, locale)
        await server.login()
        limited = await server.login()
        assert limited == {"__typename": "TooManyAttempts", "message": texts(locale)("refusal.too_many_attempts")}


@pytest.mark.parametrize("query", ["{", "{ nothing }", LOGIN])
async def test_what_a_programmer_has_to_mend_is_told_in_english(postern: Postern, query: str) -> None:
    english = (await sent(postern, query)).json()
    speaking(postern, "de")
    answer = await sent(postern, query)
    assert answer.json() == english
    assert "Content-Language" not in answer.headers
    assert "Accept, Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("locale", LOCALES)
async def test_no_language_tells_who_has_an_account(postern: Postern, locale: str) -> None:
    await postern.logged_in()
    speaking(postern, locale)
    for query, more in (
        (LOGIN, {"password": "not the one"}),
        (REGISTER, {"password": PASSWORD}),
        (RESEND, {}),
        (REQUEST_RESET, {}),
    ):
        known, unknown = [await sent(postern, query, {"email": email, **more}) for email in (EMAIL, "ben@example.com")]
        assert known.text.replace(EMAIL, "") == unknown.text.replace("ben@example.com", "")
        assert known.headers["Content-Language"] == unknown.headers["Content-Language"] == locale
