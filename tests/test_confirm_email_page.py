"""/confirm-email: the page behind the link in the letter"""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from locales import texts
from models import Letter, Link, Registration, User
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, Postern, running
from tests.support.postoffice import PostOffice, body
from tests.support.walks import each

pytestmark = pytest.mark.anyio

PATH = "/confirm-email"


async def confirmed() -> bool:
    return (await User.get()).email_confirmed_at is not None


async def expire_links() -> None:
    await Link.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))


def is_private_page(answer: httpx2.Response) -> bool:
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in answer.text
    assert "//" not in answer.text.replace("http://www.w3.org/2000/svg", ""), "no outside asset"
    return True


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@once
async def test_opening_the_link_shows_a_page_and_changes_nothing(postern: Postern, method: str) -> None:
    token = await postern.registered()
    rows = await Registration.all().values()
    for _ in range(3):
        answer = await postern.http.request(method, PATH, params={"token": token})
        assert answer.status_code == 200
    assert not await confirmed()
    assert await Registration.all().values() == rows
    assert is_private_page(await postern.http.get(PATH, params={"token": token}))


@once
async def test_the_page_has_the_address_and_one_button_that_posts_the_token(postern: Postern) -> None:
    token = await postern.registered()
    html = (await postern.http.get(PATH, params={"token": token})).text
    assert EMAIL in html
    assert html.count("<button") == 1
    assert f'<form method="post" action="{PATH}">' in html
    assert f'name="token" value="{token}"' in html


@once
async def test_posting_the_form_confirms_and_shows_a_page(postern: Postern) -> None:
    token = await postern.registered()
    first = await postern.http.post(PATH, data={"token": token})
    assert await confirmed()
    second = await postern.http.post(PATH, data={"token": token})
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.text != second.text
    assert is_private_page(first)
    assert is_private_page(second)


@once
async def test_a_program_gets_json(postern: Postern) -> None:
    token = await postern.registered()
    first = await postern.http.post(PATH, json={"token": token})
    second = await postern.http.post(PATH, json={"token": token})
    assert (first.status_code, first.json()) == (200, {"status": "confirmed", "email": EMAIL})
    assert (second.status_code, second.json()) == (200, {"status": "already_confirmed", "email": EMAIL})


@once
async def test_a_program_is_told_of_expired_and_invalid_links(postern: Postern) -> None:
    token = await postern.registered()
    await expire_links()
    expired = await postern.http.post(PATH, json={"token": token})
    assert (expired.status_code, expired.json()) == (410, {"status": "expired"})
    invalid = await postern.http.post(PATH, json={"token": "no token of ours"})
    assert (invalid.status_code, invalid.json()) == (400, {"status": "invalid"})
    assert not await confirmed()


@once
async def test_json_that_is_no_token_is_invalid_and_never_a_crash(postern: Postern) -> None:
    async def is_invalid(content: bytes) -> None:
        answer = await postern.http.post(PATH, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()) == (400, {"status": "invalid"})

    no_tokens = [b"", b"1", b"[]", b"{}", b'{"token": 1}', b"\xff", b"[" * 50_000, b'{"token": null}']
    await each(no_tokens, is_invalid)


@once
async def test_a_form_that_holds_no_token_of_ours_gets_the_page_that_says_so(postern: Postern) -> None:
    async def is_told(form: dict[str, str]) -> None:
        answer = await postern.http.post(PATH, data=form)
        assert answer.status_code == 400
        assert is_private_page(answer)

    forms = [{"other": "x"}, {"token": ""}, {"token": "x"}, {"resend": "1"}, {"resend": "1", "token": "x"}]
    await each(forms, is_told)


async def test_an_expired_links_page_sends_a_new_letter_right_there(postern: Postern) -> None:
    old = await postern.registered()
    await expire_links()
    page = await postern.http.get(PATH, params={"token": old})
    assert page.status_code == 410
    assert 'name="resend"' in page.text

    assert (await postern.http.post(PATH, data={"token": old, "resend": "1"})).status_code == 200

    new = await postern.letter_token(nth=2)
    assert (await postern.http.post(PATH, data={"token": new})).status_code == 200
    assert (await postern.login())["__typename"] == "LoggedIn"


@once
async def test_who_asks_for_another_link_after_confirming_is_told_that_it_is_done(postern: Postern) -> None:
    token = await postern.registered()
    await postern.confirm(token)
    page = await postern.http.post(PATH, data={"token": token, "resend": "1"})
    assert page.status_code == 200
    assert texts("en")("page.already_confirmed.title") in page.text
    await postern.registered("ben@example.com")  # whose letter would come behind
    assert sum(letter["To"] == EMAIL for letter in postern.post.letters) == 1


@once
async def test_a_new_letter_from_an_old_link_is_for_the_same_registration(postern: Postern) -> None:
    """So that somebody who registered the same address meanwhile gains nothing."""
    owners = await postern.registered()
    await postern.registered(password="squatting here since dawn")
    await expire_links()
    await postern.http.post(PATH, data={"token": owners, "resend": "1"})
    await postern.confirm(await postern.letter_token(nth=3))
    assert (await postern.login())["__typename"] == "LoggedIn"


async def test_no_new_letter_is_sent_for_a_confirmed_address(postern: Postern) -> None:
    token = await postern.registered()
    await postern.confirm(token)
    answer = await postern.http.post(PATH, data={"token": token, "resend": "1"})
    assert answer.status_code == 200
    assert await Letter.all().count() == 1


async def test_many_posts_at_once_make_one_transition(postern: Postern) -> None:
    token = await postern.registered()
    answers = await asyncio.gather(*(postern.http.post(PATH, json={"token": token}) for _ in range(50)))
    statuses = [answer.json()["status"] for answer in answers]
    assert (statuses.count("confirmed"), statuses.count("already_confirmed")) == (1, 49)


@once
async def test_the_page_speaks_the_browsers_language(postern: Postern) -> None:
    answer = await postern.http.get(PATH, params={"token": "x"}, headers={"Accept-Language": "fr-CH"})
    assert '<html lang="fr">' in answer.text


@once
async def test_with_confirm_on_get_the_link_itself_confirms_but_a_head_does_not(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, confirm_on_get=True)
    async with running(settings, post) as server:
        token = await server.registered()
        await server.http.head(PATH, params={"token": token})
        assert not await confirmed()
        await server.http.get(PATH, params={"token": token})
        assert await confirmed()


@once
async def test_the_letter_can_link_to_the_frontends_own_page(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    page = "https://app.example.com/welcome?confirm={token}&from=letter"
    settings = make_settings(database_url=database_url, smtp_url=post.url, confirm_email_url=page)
    async with running(settings, post) as server:
        await server.register()
        (letter,) = await post.letters_to(EMAIL)
        found = re.search(re.escape(page).replace(r"\{token\}", r"([\w-]{43})"), body(letter))
        assert found
        assert (await server.confirm(found[1]))["__typename"] == "EmailConfirmed"


@once
async def test_links_are_built_from_the_public_url_whatever_the_host_header_says(postern: Postern) -> None:
    postern.http.headers["Host"] = "evil.example"
    postern.http.headers["X-Forwarded-Host"] = "evil.example"
    await postern.register()
    (letter,) = await postern.post.letters_to(EMAIL)
    assert "evil.example" not in letter.as_string()
