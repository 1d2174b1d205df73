"""Strangers choose the names in our letters: nobody gets to advertise through them."""

import pytest

from mail import letters
from settings import Settings

SETTINGS = Settings(_env_file=None, public_url="http://testserver")


def letter(name: str | None) -> letters.Letter:
    return letters.register_again(SETTINGS, to="ada@example.com", name=name, locale="en")


def greeting(name: str | None) -> str:
    return letter(name).text.splitlines()[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada Lovelace", "Hello Ada Lovelace,"),
        ("Zoë O'Hara-Nguyễn", "Hello Zoë O'Hara-Nguyễn,"),
        ("J.R.R. Tolkien", "Hello J.R.R. Tolkien,"),
        ("Martin Luther King, Jr.", "Hello Martin Luther King, Jr.,"),
        ("李小龍", "Hello 李小龍,"),
        ("Ada\r\n\r\nLovelace\u2028\x00", "Hello Ada Lovelace,"),
        ("\u202eAda\u200b", "Hello Ada,"),
        ("{{ 7 * 7 }} {app}", "Hello {{ 7 * 7 }} {app},"),
        ("a" * 200, f"Hello {'a' * 40},"),
        (None, "Hello,"),
        (" \t\n", "Hello,"),
    ],
)
def test_shown(name: str | None, expected: str) -> None:
    """A name is shown on one short line of the greeting, without what cannot be seen."""
    assert greeting(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "https://evil.example",
        "javascript:alert(1)",
        "Win at WWW.evil",
        "evil.com",
        "e\u200bvil\u200b.com",
        "ｅｖｉｌ．ｃｏｍ",
        "evil。com",
        "пример.рф",
        "//evil",
        "eve@evil",
        "Call 0800-123-456",
    ],
)
def test_left_out(name: str) -> None:
    """A name that a mail program would turn into a link is left out."""
    assert greeting(name) == "Hello,"


def test_escaped() -> None:
    """Markup in a name is shown as it was typed."""
    html = letter('<b>x</b> & "y"').html
    assert "<b>" not in html
    assert "Hello &lt;b&gt;x&lt;/b&gt; &amp; &#34;y&#34;," in html


def test_only_the_greeting() -> None:
    """A name stands in the greeting and nowhere else."""
    written = letter("Ada")
    assert "Ada" not in written.subject
    assert written.text.count("Ada") == written.html.count("Ada") == 1
