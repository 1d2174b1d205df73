"""Strangers choose names, addresses and devices in our letters: nobody gets to advertise through them."""

from html import unescape

import pytest

from mail import letters
from mail.rendering import Text
from settings import Settings

SETTINGS = Settings(_env_file=None, public_url="http://testserver")


def letter(name: str | None) -> Text:
    return letters.RegisterAgain(to="ada@example.com", name=name, locale="en").text(SETTINGS)


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


def notice(new_email: str) -> Text:
    ada = {"to": "ada@example.com", "name": "Ada", "locale": "en"}
    return letters.EmailChangeNotice(**ada, new_email=new_email, token="t0ken").text(SETTINGS)


@pytest.mark.parametrize(
    ("new_email", "shown"),
    [
        ("ada.love-lace+new@example.org", "ada.love-lace+new@example.org"),
        ("o'hara@example.org", "o'hara@example.org"),
        ("björk_2@xn--bjrk-6qa.example", "björk_2@xn--bjrk-6qa.example"),
        ("www.evil.example@example.org", "…@example.org"),
        ("evil.example/undo?now@example.org", "…@example.org"),
        ("<b>x</b>@example.org", "…@example.org"),
    ],
)
def test_new_address(new_email: str, shown: str) -> None:
    """The new address is shown, as text on a line of its own, unless it could pass for a link."""
    letter = notice(new_email)
    assert f"\n{shown}\n" in letter.text
    assert f">{shown}</p>" in unescape(letter.html)
    assert "<b>" not in letter.html


def closed(user_agent: str | None) -> Text:
    ada = {"to": "ada@example.com", "name": "Ada", "locale": "en"}
    return letters.SessionClosed(**ada, user_agent=user_agent).text(SETTINGS)


CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (CHROME, "Chrome, Windows"),
        (f"{CHROME} Edg/126.0.0.0", "Edge, Windows"),
        (f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1", "Safari, iPhone"),
        (f"{IPHONE} CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1", "Chrome, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Gate on Windows, see evil.example", "Windows"),
        ("curl/8.5.0", "curl"),
        ("<b>Ada's</b> watch", "<b>Ada's</b> watch"),
        ("a" * 200, "a" * 40),
    ],
)
def test_device(user_agent: str, device: str) -> None:
    """A device is called what people call it; one that we do not know is cut like a name."""
    letter = closed(user_agent)
    assert f"\nDevice: {device}\n" in letter.text
    assert "<b>" not in letter.html


@pytest.mark.parametrize("user_agent", [None, "", "\r\n", "https://evil.example", "Call 0800-123-456"])
def test_no_device(user_agent: str | None) -> None:
    """Where there is nothing fit to show, the letter does not speak of a device."""
    letter = closed(user_agent)
    assert "Device" not in letter.text + letter.html
    assert "\n\n\n" not in letter.text
