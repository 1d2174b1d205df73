"""Every letter in every language."""

import re
from dataclasses import fields
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from locales import LOCALES, texts
from mail import letters
from mail.rendering import Text, masked
from settings import Settings

ADDRESS = "ada@example.com"
LINKS = {
    "confirm_email": "http://testserver/confirm-email?token=t0ken",
    "reset_password": "http://testserver/reset-password?token=t0ken",
    "new_password_needed": "http://testserver/reset-password?token=t0ken",
    "registered_twice": "http://testserver/reset-password?token=t0ken",
    "change_email": "http://testserver/confirm-email-change?token=t0ken",
    "login_code": "http://testserver/login-code?code=12345678",
    "email_change_notice": "http://testserver/undo-email-change?token=t0ken",
}
LEAD_TO_LOGIN = (
    *("already_registered", "password_changed", "password_set", "address_taken", "session_closed"),
    *("totp_confirmed", "totp_removed", "recovery_codes_created", "recovery_code_used", "second_factor_guessed"),
    *("passkey_added", "passkey_removed", "factors_removed"),
    *("account_opened", "identity_linked", "identity_unlinked", "webhook_disabled"),
)
KINDS = [kind for kind, posting in letters.KINDS.items() if issubclass(posting, letters.Letter)]
NEW = "lovelace@example.org"


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **{"public_url": "http://testserver", "pages": False, **given})


def write(kind: str, *, name: str | None = "Ada", locale: str = "en", **given: Any) -> Text:
    known = {
        "token": "t0ken",
        "new_email": NEW,
        "old_email": NEW,
        "user_agent": "Firefox",
        "left": 9,
        "code": "12345678",
        "provider": "Google",
        "url": "https://hooks.example.com/postern",
    }
    posting: Any = letters.KINDS[kind]
    told = {field.name: known[field.name] for field in fields(posting) if field.name in known}
    letter: letters.Letter = posting(to=ADDRESS, name=name, locale=locale, **told)
    return letter.text(settings(**given))


def with_facts(kind: str, locale: str, **given: str) -> Text:
    posting: Any = letters.KINDS[kind]
    token = {} if kind == "password_changed" else {"token": "t0ken"}
    letter: letters.Letter = posting(to=ADDRESS, name=None, locale=locale, **token, **given)
    return letter.text(settings())


def test_strangers_letters() -> None:
    """Which letters strangers can have sent, how these are paced, and which may come to nothing: no other may."""
    waiting, dropped = letters.Pace.WAITING, letters.Pace.DROPPED
    known = {kind: (posting.pace, posting.optional) for kind, posting in letters.KINDS.items()}
    assert {kind: how for kind, how in known.items() if how != (letters.Pace.FREE, False)} == {
        "already_registered": (dropped, False),
        "confirm_email": (waiting, False),
        "request_email_change": (waiting, False),
        "request_login_code": (waiting, True),
        "request_login_code_here": (letters.Pace.FREE, True),
        "request_password_reset": (dropped, True),
        "resend_confirmation": (dropped, True),
    }


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", KINDS)
def test_whole(kind: str, locale: str) -> None:
    """A letter has its kind, its reader, a subject of one line and its language's words in both parts."""
    letter = write(kind, locale=locale, login_url="https://app.example.com/login")
    assert (letter.kind, letter.to) == (kind, ADDRESS)
    assert letter.subject == texts(locale)(f"letter.{kind}.subject", app="Postern", provider="Google")
    assert letter.text.startswith(texts(locale)("letter.hello_name", name="Ada"))
    assert f'<html lang="{locale}">' in letter.html
    assert texts(locale)(f"letter.{kind}.title", provider="Google") in letter.html
    assert "\n\n\n" not in letter.text
    for part in (letter.text, unescape(letter.html)):
        assert texts(locale)(f"letter.{kind}.ignore") in part


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("kind", "link"), LINKS.items())
def test_link(kind: str, link: str, locale: str) -> None:
    """Both parts have the link, made from PUBLIC_URL, and the HTML has it as a button and in plain sight."""
    letter = write(kind, locale=locale)
    assert f"\n{link}\n" in letter.text
    assert letter.html.count(f'href="{link}"') == 2
    assert f">{link}</a>" in letter.html


@pytest.mark.parametrize("locale", LOCALES)
def test_services(locale: str) -> None:
    """Who confirms reads by which service somebody has come, and who is told of a change which of them stay."""
    by_service = texts(locale)("letter.confirm_email.by_service", app="Postern", to=ADDRESS, service="The company")
    left = texts(locale)("letter.services", services="Google, The company")
    for kind, given, told in (
        ("confirm_email", {"service": "The company"}, by_service),
        ("password_changed", {"services": "Google, The company"}, left),
        ("new_password_needed", {"services": "Google, The company"}, left),
    ):
        for letter, told_in in ((with_facts(kind, locale, **given), True), (write(kind, locale=locale), False)):
            assert [told in part for part in (letter.text, unescape(letter.html))] == [told_in, told_in]


def test_frontends_link_with_a_code() -> None:
    """A code too is filled in on the frontend's page where it has one."""
    letter = write("login_code", login_code_url="https://app.example.com/login?code={code}")
    assert "\nhttps://app.example.com/login?code=12345678\n" in letter.text
    assert letter.html.count('href="https://app.example.com/login?code=12345678"') == 2


@pytest.mark.parametrize("kind", ["login_code", "step_up_code"])
def test_digits(kind: str) -> None:
    """A code is shown in two halves on a line of its own."""
    letter = write(kind)
    assert "\n1234 5678\n" in letter.text
    assert ">1234 5678</p>" in letter.html


@pytest.mark.parametrize("kind", ["confirm_email", "reset_password"])
def test_frontends_link(kind: str) -> None:
    """Where a frontend has its own page, the letter links there."""
    letter = write(kind, **{f"{kind}_url": "https://app.example.com/welcome?from=mail&code={token}#top"})
    assert "https://app.example.com/welcome?from=mail&code=t0ken#top" in letter.text
    assert 'href="https://app.example.com/welcome?from=mail&amp;code=t0ken#top"' in letter.html


@pytest.mark.parametrize(
    ("lifetime", "words"),
    [
        ("PT24H", ("24 hours", "24 Stunden", "24 heures")),
        ("PT1H", ("1 hour.", "1 Stunde.", "1 heure.")),
        ("PT30M", ("30 minutes", "30 Minuten", "30 minutes")),
    ],
)
def test_lifetime(lifetime: str, words: tuple[str, ...]) -> None:
    """The letter says for how long its link is good."""
    for locale, told in zip(("en", "de", "fr"), words, strict=True):
        for kind in ("confirm_email", "change_email"):
            letter = write(kind, locale=locale, confirmation_lifetime=lifetime)
            assert told in letter.text
            assert told in letter.html


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("reset_password", ("1 hour.", "1 Stunde.", "1 heure.")),
        ("email_change_notice", ("7 days", "7 Tage", "7 jours")),
    ],
)
def test_lifetimes_of_their_own(kind: str, words: tuple[str, ...]) -> None:
    """What could do harm is good for an hour, what undoes harm for a week."""
    for locale, told in zip(("en", "de", "fr"), words, strict=True):
        letter = write(kind, locale=locale)
        assert told in letter.text
        assert told in letter.html


@pytest.mark.parametrize(
    ("lifetime", "words"),
    [("P2D", "2 days"), ("P1D", "24 hours"), ("PT36H", "36 hours"), ("PT90M", "90 minutes"), ("PT30S", "30 seconds")],
)
def test_days(lifetime: str, words: str) -> None:
    """Whole days are told as such, from the second on."""
    assert words in write("email_change_notice", undo_lifetime=lifetime).text


@pytest.mark.parametrize("kind", LEAD_TO_LOGIN)
@pytest.mark.parametrize(
    ("known", "login_url"),
    [
        ({"login_url": "https://app.example.com/login", "pages": True}, "https://app.example.com/login"),
        ({"pages": True}, "http://testserver/login"),
        ({}, None),
    ],
)
def test_login(kind: str, known: dict[str, Any], login_url: str | None) -> None:
    """Who has an account is shown where to log in, if we know where that is."""
    letter = write(kind, **known)
    assert (f"\n{login_url}\n" in letter.text) == bool(login_url)
    assert ("href=" in letter.html) == bool(login_url)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_from_outside(kind: str) -> None:
    """A letter loads nothing, runs nothing, and links only where it says."""
    html = write(kind).html
    assert not re.search(r"<(img|script|link|iframe|form)\b|url\(|@import|src=", html)
    assert set(re.findall(r'href="([^"]*)"', html)) == ({LINKS[kind]} if kind in LINKS else set())


@pytest.mark.parametrize("kind", LINKS)
def test_secret(kind: str) -> None:
    """A letter that is logged by mistake does not show its token."""
    told = repr(write(kind))
    assert "t0ken" not in told
    assert "12345678" not in told


@pytest.mark.parametrize("part", ["subject.txt", "body.txt", "body.html"])
def test_operators_template(tmp_path: Path, part: str) -> None:
    """An operator replaces any single template and keeps the others; a replaced subject stays one line."""
    (tmp_path / "confirm_email").mkdir()
    (tmp_path / "confirm_email" / part).write_text("Ours:\r\n{{ link }}\n")
    ours, theirs = write("confirm_email"), write("confirm_email", templates_dir=tmp_path)
    replaced = {"subject.txt": theirs.subject, "body.txt": theirs.text, "body.html": theirs.html}
    kept = {"subject.txt": ours.subject, "body.txt": ours.text, "body.html": ours.html}
    assert replaced.pop(part).split() == ["Ours:", "http://testserver/confirm-email?token=t0ken"]
    assert kept.pop(part)
    assert replaced == kept
    assert "\n" not in theirs.subject


def test_operators_layout(tmp_path: Path) -> None:
    """An operator replaces the layout of all letters."""
    (tmp_path / "layout.html").write_text("{% block title %}{% endblock %} at {{ app }}")
    assert write("register_again", templates_dir=tmp_path).html == "Please register again at Postern"


def test_names_of_apps() -> None:
    """An app's name adds no line to the subject and no markup to the letter."""
    letter = write("confirm_email", app_name="R&D\r\nBcc: <eve@example.com>")
    assert letter.subject == "Confirm your email address for R&D Bcc: <eve@example.com>"
    assert "R&amp;D" in letter.html
    assert "<eve@" not in letter.html


@pytest.mark.parametrize("kind", KINDS)
def test_escaped(kind: str) -> None:
    """No letter takes markup from an app's name or a reader's."""
    letter = write(kind, name="<b>Ada</b>", app_name="<i>Gate</i>\r\n")
    assert "\n" not in letter.subject
    assert "<b>" not in letter.html
    assert "<i>" not in letter.html
    assert "Hello &lt;b&gt;Ada" in letter.html


@pytest.mark.parametrize("locale", LOCALES)
def test_whose_account(locale: str) -> None:
    """Who is to get an account reads which one it is, as far as its owner would know it, and who can undo that."""
    letter = write("change_email", locale=locale)
    undoing = texts(locale)("letter.change_email.undo", lifetime=texts(locale)("duration.days.other", count=7))
    for part in (letter.text, unescape(letter.html)):
        assert "l…@example.org" in part
        assert NEW not in part
        assert undoing in part


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("ada@example.com", "a…@example.com"),
        ("a@example.com", "a…@example.com"),
        ("o'neil+x@example.com", "o…@example.com"),
        ("evil.example/win@example.com", "…@example.com"),
        ("www.evil@example.com", "…@example.com"),
        ("{{to}}@example.com", "…@example.com"),
    ],
)
def test_masked(email: str, shown: str) -> None:
    """Of an address that could advertise only the domain is shown."""
    assert masked(email) == shown
