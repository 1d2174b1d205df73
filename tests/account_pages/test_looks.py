"""Our own pages as an operator likes them: a name, a colour, a logo, and templates of their own"""

import re
from pathlib import Path
from typing import Any

import pytest

from settings import Settings
from tests.support.given import MakeSettings
from tests.support.postern import running
from tests.support.postoffice import PostOffice
from web.pages.brand import DARK, LIGHT
from web.pages.colours import LEAST_CONTRAST, contrast

pytestmark = pytest.mark.anyio

LOGO = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def usual(database_url: str, post: PostOffice) -> dict[str, Any]:
    return {"database_url": database_url, "smtp_url": post.url}


async def test_a_name_a_colour_and_a_logo_are_on_every_page(
    make_settings: MakeSettings, usual: dict[str, Any], post: PostOffice, tmp_path: Path
) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text(LOGO)
    settings = make_settings(**usual, app_name="Acme <b>", page_colour="#FFCC00", page_logo=logo)
    async with running(settings, post) as server:
        for path in ("/login", "/confirm-email?token=x"):
            page = (await server.http.get(path)).text
            assert "Acme &lt;b&gt;" in page
            assert 'href="/pages/colour.css"' in page
            assert '<img src="/pages/logo" alt=""' in page
        sheet = await server.http.get("/pages/colour.css")
        light, dark = re.findall(r"--accent: (#[0-9a-f]{6}); .*--on-accent: #", sheet.text)
        assert (light != "#ffcc00", dark) == (True, "#ffcc00")
        picture = await server.http.get("/pages/logo")
        assert (picture.headers["Content-Type"], picture.text) == ("image/svg+xml", LOGO)
        assert "sandbox" in picture.headers["Content-Security-Policy"]
        assert {one.headers["Cache-Control"] for one in (sheet, picture)} == {"public, max-age=300"}


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#ff0000", "#ffff00", "#0000ff", "#808080", "#1d5c4f"])
async def test_whatever_the_colour_everything_is_legible(
    make_settings: MakeSettings, usual: dict[str, Any], post: PostOffice, colour: str
) -> None:
    async with running(make_settings(**usual, page_colour=colour), post) as server:
        css = (await server.http.get("/pages/colour.css")).text
    pairs = re.findall(r"--accent: (#[0-9a-f]{6}); .*?--on-accent: (#[0-9a-f]{6})", css)
    for (accent, ink), papers in zip(pairs, (LIGHT, DARK), strict=True):
        assert min(contrast(accent, other) for other in (ink, *papers)) >= LEAST_CONTRAST


@pytest.mark.parametrize(
    ("colour", "on_white"),
    [("#000000", 21), ("#ff0000", 4.0), ("#00ff00", 1.37), ("#0000ff", 8.59), ("#0000f0", 9.3), ("#777777", 4.48)],
)
def test_how_legible_a_colour_is_is_reckoned_as_wcag_does(colour: str, on_white: float) -> None:
    assert round(contrast(colour, "#ffffff"), 2) == round(contrast("#ffffff", colour), 2) == on_white


async def test_templates_of_ones_own_come_first(
    make_settings: MakeSettings, usual: dict[str, Any], post: PostOffice, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    (own / "pages" / "account").mkdir(parents=True)
    (own / "pages" / "account" / "logout.html").write_text(
        '{% extends "layout.html" %}{% block title %}Bye, {{ app }}{% endblock %}'
    )
    async with running(make_settings(**usual, templates_dir=own, app_name="<i>"), post) as server:
        page = await server.http.get("/logout")
        assert "<h1>Bye, &lt;i&gt;</h1>" in page.text
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert "Log in to" in (await server.http.get("/login")).text


async def test_below_a_path_of_a_proxys_every_address_has_that(
    make_settings: MakeSettings, usual: dict[str, Any], post: PostOffice
) -> None:
    settings = make_settings(**usual, public_url="https://example.com/gate", login_codes=True, page_colour="#ffcc00")
    async with running(settings, post) as server:
        http = server.elsewhere().http  # the proxy takes the path away
        asked = await http.get("https://example.com/account/email")
        assert asked.headers["Location"] == "/gate/login?next=%2Faccount%2Femail"
        for path in ("/login", "/register", "/forgot-password", "/login/code"):
            page = await http.get(f"https://example.com{path}")
            addresses = re.findall(r'(?:action|href|src)="(/[^"]*)"', page.text)
            assert {"/gate/pages/colour.css", "/gate/static/pages.css"} <= {*addresses}
            assert [address for address in addresses if not address.startswith("/gate/")] == [], path


@pytest.mark.parametrize("wrong", [{"page_colour": "red"}, {"page_colour": "#12345"}, {"page_logo": "/nowhere.svg"}])
def test_what_is_no_colour_and_no_logo_is_told_at_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="should be a"):
        Settings(_env_file=None, **wrong)


@pytest.mark.parametrize(("name", "size"), [("logo.gif", 10), ("logo.svg", 100_001), ("page.html", 10)])
def test_a_logo_is_a_small_picture(tmp_path: Path, name: str, size: int) -> None:
    (tmp_path / name).write_bytes(b"x" * size)
    with pytest.raises(ValueError, match="should be a file that exists"):
        Settings(_env_file=None, page_logo=tmp_path / name)
