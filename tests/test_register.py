"""register"""

import asyncio

import pytest

from models import Letter, Registration, User
from security.passwords import LONGEST_PASSWORD
from tests.support.databases import once
from tests.support.postern import EMAIL, PASSWORD, Postern
from tests.support.postoffice import body, token_in
from tests.support.walks import each

pytestmark = pytest.mark.anyio


async def count_rows() -> tuple[int, int, int]:
    return await User.all().count(), await Registration.all().count(), await Letter.all().count()


@once
async def test_a_new_address_is_saved_as_not_confirmed_and_gets_a_letter_with_a_link(postern: Postern) -> None:
    assert await postern.register(name="Ann") == {"__typename": "Registered", "email": EMAIL}

    assert (await User.get(canonical_email=EMAIL)).email_confirmed_at is None
    registration = await Registration.get()
    assert (registration.confirmed_at, registration.name, registration.locale) == (None, "Ann", "en")
    (letter,) = await postern.post.letters_to(EMAIL)
    link = f"{postern.settings.public_url}/confirm-email?token={token_in(letter)}"
    assert link in body(letter)
    assert link in body(letter, "html")


@once
async def test_the_password_is_stored_as_argon2id_only(postern: Postern) -> None:
    await postern.confirm(await postern.registered())
    assert str((await User.get()).password_hash).startswith("$argon2id$")
    assert PASSWORD not in str(await User.all().values())


@once
async def test_a_taken_address_gets_the_same_answer_and_only_its_owner_is_told(postern: Postern) -> None:
    free = await postern.register()
    await postern.confirm(await postern.letter_token())
    owner = await User.all().values()

    assert await postern.register(password="another quiet gate", name="Eve") == free

    _, letter = await postern.post.letters_to(EMAIL, 2)
    assert "token=" not in body(letter)
    assert await User.all().values() == owner
    assert (await postern.login())["__typename"] == "LoggedIn"


async def test_many_registrations_of_one_address_at_once_leave_one_user_and_answer_alike(postern: Postern) -> None:
    spellings = [EMAIL, EMAIL.upper(), EMAIL.title(), f" {EMAIL}", "aNN@eXAMPLE.com"] * 10
    answers = await asyncio.gather(*(postern.register(spelling) for spelling in spellings))
    assert answers == [{"__typename": "Registered", "email": EMAIL}] * 50
    assert await User.all().count() == 1
    assert len(await postern.post.letters_to(EMAIL, 50)) == 50


SPELLINGS = [
    ("Ann@EXAMPLE.com", "ann@example.com"),
    ("ſam@example.com", "sam@example.com"),  # a long s is compatible with s
    ("ａｎｎ@example.com", "ann@example.com"),
    ("ann@Bücher.example", "ann@xn--bcher-kva.example"),
    ("\u212aim@example.com", "kim@example.com"),  # the sign for kelvin
    ("dıana@example.com", "dıana@example.com"),  # a dotless i is a letter of its own
    ("J\u030can@example.com", "\u01f0an@example.com"),  # a small one with its caron is one character, a great one two
]


async def test_an_address_has_one_form_and_letters_go_to_that_one(postern: Postern) -> None:
    async def is_that_one(case: tuple[str, str]) -> None:
        spelling, canonical = case
        before = len(postern.post.recipients)
        assert (await postern.register(spelling))["email"] == canonical
        await postern.post.until(lambda: len(postern.post.recipients) > before)
        assert postern.post.recipients[before:] == [canonical]
        assert await User.filter(canonical_email=canonical).count() == 1

    await each(SPELLINGS, is_that_one)
    assert await User.all().count() == len({canonical for _, canonical in SPELLINGS})


LONGEST = f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 57}.com"  # of all addresses (RFC 5321 §4.5.3.1.3)
WRONG: list[tuple[dict[str, str], str]] = [
    ({"email": "ann"}, "email"),
    ({"email": ""}, "email"),
    ({"email": "ann@example"}, "email"),
    ({"email": "ann@example.com\nBcc: eve@example.com"}, "email"),
    ({"email": "a" * 250 + "@example.com"}, "email"),
    ({"email": f"{LONGEST}m"}, "email"),
    ({"email": f"{'İ' * 64}@{'b' * 63}.{'c' * 57}.com"}, "email"),  # in lower case it is too long
    ({"email": "ann\0@example.com"}, "email"),
    ({"email": "=?utf-8?q?ben?=@example.com"}, "email"),
    ({"email": "a" + "\u0301\u0316" * 7_000 + "@example.com"}, "email"),
    ({"password": "a" + "\u0301\u0316" * 7_000}, "password"),
    ({"name": "a" + "\u0301\u0316" * 7_000}, "name"),
    ({"email": "\ud800@example.com"}, "email"),
    ({"password": "short"}, "password"),
    ({"password": "password123"}, "password"),
    ({"password": "annexample"}, "password"),
    ({"password": "x" * (LONGEST_PASSWORD + 1)}, "password"),
    ({"password": "a quiet gate\0at dusk"}, "password"),
    ({"password": "a quiet gate\ud800at dusk"}, "password"),
    ({"name": "x" * 101}, "name"),
    ({"name": "Ann\r\nBcc: eve@example.com"}, "name"),
    ({"name": "\ud800"}, "name"),
    ({"name": "Ann\0"}, "name"),
    ({"name": "\u3164 \u2800"}, "name"),  # which show nothing
    ({"name": "Ann \u202e nnA"}, "name"),
    ({"locale": "tlh"}, "locale"),
    ({"locale": "../../etc"}, "locale"),
]


@once
async def test_what_is_not_acceptable_is_named_and_nothing_is_written(postern: Postern) -> None:
    async def is_named(case: tuple[dict[str, str], str]) -> None:
        wrong, field = case
        result = await postern.register(**wrong)
        assert result["__typename"] == "InvalidInput"
        assert [error["field"] for error in result["errors"]] == [field]
        assert all(error["message"] for error in result["errors"])

    await each(WRONG, is_named)
    assert await count_rows() == (0, 0, 0)


@once
async def test_everything_that_is_wrong_is_told_at_once(postern: Postern) -> None:
    result = await postern.register(email="ann", password="x", name="\0", locale="tlh")
    assert [error["field"] for error in result["errors"]] == ["email", "name", "locale", "password"]


@once
async def test_a_weak_password_comes_with_advice(postern: Postern) -> None:
    (error,) = (await postern.register(password="password123"))["errors"]
    assert "guess" in error["message"]
    assert "Add another word or two" in error["message"]


@once
async def test_a_password_of_the_greatest_length_works_and_is_not_cut(postern: Postern) -> None:
    longest = "correct horse battery staple " * 35 + "123456789"
    assert len(longest) == LONGEST_PASSWORD
    await postern.joined(password=longest)
    assert (await postern.login(password=longest[:-1] + "0"))["__typename"] == "InvalidCredentials"
    assert (await postern.login(password=longest))["__typename"] == "LoggedIn"


@once
async def test_an_address_and_a_name_of_the_greatest_length_are_taken_as_they_are(postern: Postern) -> None:
    name = "\u03b1\u0313\u0342\u0345" * 100  # four characters each, which are one
    assert await postern.register(LONGEST, name=name) == {"__typename": "Registered", "email": LONGEST}
    assert (await User.get()).canonical_email == LONGEST
    assert (await Registration.get()).name == "\u1f86" * 100


@pytest.mark.parametrize(
    ("asked", "header", "locale"),
    [("de-AT", "fr", "de"), (None, "fr-CH, en;q=0.5", "fr"), (None, "tlh", "en"), (None, ";;q=x,", "en")],
)
@once
async def test_the_letter_is_in_the_language_asked_for_or_else_the_browsers(
    postern: Postern, asked: str | None, header: str, locale: str
) -> None:
    postern.http.headers["Accept-Language"] = header
    await postern.register(locale=asked)
    assert (await User.get()).locale == locale
    (letter,) = await postern.post.letters_to(EMAIL)
    assert f'lang="{locale}"' in body(letter, "html")
