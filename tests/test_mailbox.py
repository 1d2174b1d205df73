"""/mailbox: the letters that development would have sent"""

import asyncio
import re
import stat
from collections.abc import AsyncIterator

import pytest

from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.secrecy import Watch

pytestmark = pytest.mark.anyio


@pytest.fixture
async def developing(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Postern]:
    """A server without SMTP_URL."""
    async with running(make_settings(database_url=database_url), post) as server:
        yield server


async def letter_paths(server: Postern, count: int) -> list[str]:
    """The addresses of the letters, newest first, once there are that many."""
    mailbox = server.settings.data_dir / "mailbox"
    async with asyncio.timeout(20):
        while len(list(mailbox.glob("*.eml"))) < count:  # noqa: ASYNC110 - only the file system tells
            await asyncio.sleep(0.01)
    return re.findall(r'href="(/mailbox/[^"]+)"', (await server.http.get("/mailbox")).text)


@once
async def test_letters_are_listed_newest_first(developing: Postern) -> None:
    for email in (EMAIL, "ben@example.com"):
        await developing.register(email)
    paths = await letter_paths(developing, 2)
    html = (await developing.http.get("/mailbox")).text
    assert len(paths) == 2
    assert html.index("ben@example.com") < html.index(EMAIL)
    assert stat.filemode((developing.settings.data_dir / "mailbox").stat().st_mode) == "drwx------", "they hold tokens"


@once
async def test_a_letter_is_shown_as_html_in_a_frame_and_as_text_with_a_link_that_works(developing: Postern) -> None:
    await developing.register()
    (path,) = await letter_paths(developing, 1)
    page = await developing.http.get(path)
    assert f'src="{path}/html"' in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert "frame-src 'none'" in (await developing.http.get("/mailbox")).headers["Content-Security-Policy"]
    document = await developing.http.get(f"{path}/html")
    policy = document.headers["Content-Security-Policy"]
    assert policy.endswith("; sandbox allow-popups allow-popups-to-escape-sandbox")
    assert document.text.endswith('<base target="_blank">'), "a link opens beside the frame, and not in it"
    text = (await developing.http.get(path, params={"view": "text"})).text
    link = re.compile(r'href="http://postern\.test/confirm-email\?token=([\w-]+)"')
    (token,) = {token for content in (text, document.text) for token in link.findall(content)}
    assert (await developing.confirm(token))["__typename"] == "EmailConfirmed"


@once
async def test_an_empty_mailbox_says_what_to_do(developing: Postern) -> None:
    answer = await developing.http.get("/mailbox")
    assert answer.status_code == 200
    assert "register" in answer.text


@once
@pytest.mark.parametrize("path", ["/mailbox/nothing", "/mailbox/..%2Fsecret-key", "/mailbox/nothing/html"])
async def test_a_letter_that_is_not_there_is_a_404(developing: Postern, path: str) -> None:
    assert (await developing.http.get(path)).status_code == 404


@once
async def test_where_letters_are_sent_there_is_no_mailbox(postern: Postern) -> None:
    assert (await postern.http.get("/mailbox")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({"public_url": "https://accounts.example.com"}, 1),
        ({"public_url": "http://localhost:8000"}, 0),
        ({"public_url": "https://accounts.example.com", "smtp_url": "smtp://mail.example.com"}, 0),
    ],
)
async def test_a_mailbox_that_others_can_reach_is_warned_of(
    make_settings: MakeSettings, post: PostOffice, watch: Watch, changes: dict[str, str], warned: int
) -> None:
    async with running(make_settings(**changes, log_format="json"), post):
        pass
    assert len(watch.events("mailbox_is_public")) == warned
