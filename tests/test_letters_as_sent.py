"""the form of a letter: what mail programs and servers in between make of it"""

from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from models import User
from tests.support.account import CHANGE_PASSWORD, NEW_PASSWORD
from tests.support.given import MakeSettings
from tests.support.outbox import letter_where, only_letter
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice, body, post_office, token_in

pytestmark = pytest.mark.anyio


@pytest.fixture
def dialect() -> str:
    """What goes over the wire does not depend on the database."""
    return "sqlite"


async def test_the_headers_say_from_whom_when_and_that_no_answer_is_wanted(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    mail_from = '"Türsteher, am Tor" <gate@example.org>'
    settings = make_settings(database_url=database_url, smtp_url=post.url, mail_from=mail_from)
    async with running(settings, post) as postern:
        await postern.register()
        (letter,) = await post.letters_to(EMAIL)
        row = await only_letter()
    (address,) = letter["From"].addresses
    assert (address.display_name, address.addr_spec) == ("Türsteher, am Tor", "gate@example.org")
    assert letter["Message-ID"] == f"<{row.id}@example.org>"
    assert parsedate_to_datetime(letter["Date"]) == row.created_at.replace(microsecond=0)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    assert token_in(letter) in body(letter, "html")


@pytest.mark.parametrize("address", ["josé@example.com", "пошта@example.com", "ann@xn--bcher-kva.example"])
async def test_an_address_that_is_not_ascii_gets_its_letter(postern: Postern, address: str) -> None:
    await postern.confirm(await postern.registered(address))
    assert postern.post.recipients == [address]
    assert (await postern.login(address))["__typename"] == "LoggedIn"


async def test_an_address_of_the_greatest_length_gets_its_letter(postern: Postern) -> None:
    longest = f"{'a' * 64}@{'b' * 61}.{'c' * 61}.{'d' * 61}.com"
    await postern.registered(longest)
    assert postern.post.recipients == [longest]


async def test_a_letter_for_an_address_that_the_server_cannot_write_is_dead(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with (
        post_office(enable_SMTPUTF8=False) as post,
        running(make_settings(database_url=database_url, smtp_url=post.url), post) as postern,
    ):
        await postern.register("josé@example.com")
        dead = await only_letter("josé@example.com", died_at__isnull=False)
        assert "SMTPUTF8" in str(dead.last_error)
        await postern.registered()


async def test_long_lines_dots_and_any_script_arrive_intact(
    make_settings: MakeSettings, database_url: str, post: PostOffice, tmp_path: Path
) -> None:
    lines = ["Grüße, 你好, 🚪", ".", ".hidden", "", "x" * 3000, "é" * 1500, "From here on", "ends with spaces  "]
    folder = tmp_path / "already_registered"
    folder.mkdir()
    folder.joinpath("body.txt").write_text("\n".join(lines) + "\n")
    settings = make_settings(
        database_url=database_url, smtp_url=post.url, templates_dir=tmp_path, app_name="Tür 🚪 " * 8
    )
    async with running(settings, post) as postern:
        await postern.confirm(await postern.registered())
        await postern.register()
        _, letter = await post.letters_to(EMAIL, 2)
    assert body(letter).splitlines() == lines
    assert " ".join(settings.app_name.split()) in letter["Subject"]


async def test_a_template_or_a_name_cannot_add_headers(
    make_settings: MakeSettings, database_url: str, post: PostOffice, tmp_path: Path
) -> None:
    folder = tmp_path / "confirm_email"
    folder.mkdir()
    folder.joinpath("subject.txt").write_text("Hello\r\nBcc: eve@example.com\r\n\r\n{{ name }}")
    settings = make_settings(database_url=database_url, smtp_url=post.url, templates_dir=tmp_path)
    async with running(settings, post) as postern:
        await postern.register(name="Ann\u2028Bcc: eve")
        await postern.register(name="Ann")
        (letter,) = await post.letters_to(EMAIL)
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Hello Bcc: eve@example.com Ann"
    assert post.recipients == [EMAIL]


async def test_nor_can_an_address_that_has_come_into_the_table_by_another_way(postern: Postern) -> None:
    login = await postern.logged_in()
    await User.all().update(canonical_email=f"{EMAIL}\r\nBcc: eve@example.com")
    await postern.do(CHANGE_PASSWORD, login["accessToken"], currentPassword=PASSWORD, newPassword=NEW_PASSWORD)
    assert (await letter_where(kind="password_changed", last_error__isnull=False)).last_error == "ValueError"
    assert postern.post.offered == []
