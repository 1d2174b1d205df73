"""what is posted to the links in letters: forms and JSON in UTF-8, and whatever else is refused before it is read"""

from typing import Any

import pytest

from models import User
from tests.support.databases import once
from tests.support.postern import EMAIL, Postern
from web.links import PAGES

pytestmark = pytest.mark.anyio

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
ADDRESSES = [page.path for page in PAGES]
OTHERS = (
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=x; charset=punycode",
    "multipart/form-data; boundary=x; charset=undefined",
    "multipart/form-data; boundary=x; charset=idna",
    f"{FORM}; charset=punycode",
    f"{FORM}; charset=utf-7",
    f'{JSON}; charset="undefined"',
    f"{JSON}; charset=utf-16",
    "text/plain",
    "application/json-seq",
    "",
)


def part(value: bytes) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n' + value + b"\r\n--x--\r\n"


async def post(postern: Postern, path: str, kind: str, content: bytes, **headers: str) -> Any:
    return await postern.http.post(path, content=content, headers={"Content-Type": kind} | headers)


@once
@pytest.mark.parametrize("path", ADDRESSES)
async def test_any_other_kind_or_charset_is_a_415(postern: Postern, path: str) -> None:
    for kind in OTHERS:
        answer = await post(postern, path, kind, part(b"9" * 95_000))
        assert (answer.status_code, answer.json()) == (415, {"status": 415}), kind


@once
async def test_people_are_told_so_on_a_page_and_nothing_is_confirmed(postern: Postern) -> None:
    token = await postern.registered()
    kind = "multipart/form-data; boundary=x"
    answer = await post(postern, "/confirm-email", kind, part(token.encode()), Accept="text/html")
    assert answer.status_code == 415
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert (await User.get()).email_confirmed_at is None


@once
@pytest.mark.parametrize("path", ADDRESSES)
async def test_a_form_that_is_not_utf_8_or_has_too_many_fields_is_a_400(postern: Postern, path: str) -> None:
    for content in (b"token=\xff", b"token=%ff", b"token=%ed%a0%80", b"a=1&" * 200, b"&" * 90_000):
        answer = await post(postern, path, FORM, content)
        assert (answer.status_code, answer.json()) == (400, {"status": 400}), content[:20]


@once
@pytest.mark.parametrize("kind", [FORM, FORM.upper(), JSON])
async def test_utf_8_is_read_whether_or_not_it_is_named(postern: Postern, kind: str) -> None:
    token = await postern.registered()
    content = f'{{"token": "{token}"}}' if kind == JSON else f"name=%C3%A9&token={token}"
    for charset in ("", "; charset=utf-8", ";charset=UTF-8", '; charset="utf-8"', "; x=y; charset=utf8"):
        answer = await post(postern, "/confirm-email", kind + charset, content.encode())
        assert answer.status_code == 200
        assert EMAIL in answer.text
    assert (await User.get()).email_confirmed_at is not None


@once
async def test_json_in_another_encoding_is_no_token(postern: Postern) -> None:
    token = await postern.registered()
    answer = await post(postern, "/confirm-email", JSON, f'{{"token": "{token}"}}'.encode("utf-16"))
    assert (answer.status_code, answer.json()) == (400, {"status": "invalid"})
    assert (await User.get()).email_confirmed_at is None
