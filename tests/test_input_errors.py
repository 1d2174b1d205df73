"""What is wrong with an input: a code for programs, and words for people in their language"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from locales import LOCALES, texts
from models import Letter, Registration, User
from resolvers.inputs import LONGEST_NAME
from security.passwords import LONGEST_PASSWORD
from tests.support.postern import EMAIL, PASSWORD, Postern
from tests.support.walks import each

pytestmark = pytest.mark.anyio

CODES = "... on InvalidInput { message errors { field code message } }"
REGISTER = f"mutation ($input: RegisterInput!) {{ register(input: $input) {{ __typename {CODES} }} }}"
UPDATE = f"mutation ($input: UpdateProfileInput!) {{ updateProfile(input: $input) {{ __typename {CODES} }} }}"
CHANGE = f"mutation ($input: RequestEmailChangeInput!) {{ requestEmailChange(input: $input) {{ __typename {CODES} }} }}"


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing."""
    return "sqlite"


@dataclass
class Wrong:
    """An input that is not acceptable, and how that is told."""

    name: str
    value: str
    code: str
    key: str
    parameters: dict[str, Any] = field(default_factory=dict)


WRONG = [
    Wrong("email", "", "REQUIRED", "input.required"),
    Wrong("email", "  \t", "REQUIRED", "input.required"),
    Wrong("email", "ann", "INVALID", "input.email.no_at_sign"),
    Wrong("email", "ann@example", "INVALID", "input.email.no_period"),
    Wrong("email", "ann,b@example.com", "INVALID", "input.email.characters", {"characters": ","}),
    Wrong("email", "a" * 250 + "@example.com", "TOO_LONG", "input.email.too_long"),
    Wrong("password", "", "REQUIRED", "input.required"),
    Wrong("password", "short", "TOO_SHORT", "input.too_short", {"count": 8}),
    Wrong("password", "x" * 1025, "TOO_LONG", "input.password.too_long", {"count": LONGEST_PASSWORD}),
    Wrong("password", "a quiet gate\0at dusk", "INVALID", "input.characters"),
    Wrong("name", "x" * 101, "TOO_LONG", "input.too_long", {"count": LONGEST_NAME}),
    Wrong("name", "Ann\nBcc", "INVALID", "input.characters"),
    Wrong("locale", "tlh", "UNKNOWN_LOCALE", "input.unknown_locale", {"locales": "en, de, fr"}),
]


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_wrong_input_has_a_code_for_programs_and_words_for_people(postern: Postern, locale: str) -> None:
    postern.http.headers["Accept-Language"] = locale

    async def is_told(wrong: Wrong) -> None:
        result = await postern.do(REGISTER, **{"email": EMAIL, "password": PASSWORD, wrong.name: wrong.value})
        message = texts(locale)(wrong.key, **wrong.parameters)
        assert result == {
            "__typename": "InvalidInput",
            "message": texts(locale)("refusal.invalid_input"),
            "errors": [{"field": wrong.name, "code": wrong.code, "message": message}],
        }

    await each(WRONG, is_told)
    assert [await rows.all().count() for rows in (User, Registration, Letter)] == [0, 0, 0]


ADVICE = {
    "en": "This password is too easy to guess. It resembles a common password. "
    "Add another word or two; uncommon ones are better. A capital at the beginning hardly helps.",
    "de": "Dieses Passwort ist zu leicht zu erraten. Es ähnelt einem häufigen Passwort. "
    "Fügen Sie noch ein oder zwei Wörter hinzu, am besten ungewöhnliche. Ein Großbuchstabe am Anfang hilft kaum.",
    "fr": "Ce mot de passe est trop facile à deviner. Il ressemble à un mot de passe courant. "
    "Ajoutez encore un mot ou deux, de préférence peu courants. Une majuscule au début n’aide guère.",
}


@pytest.mark.parametrize("locale", LOCALES)
async def test_advice_on_a_password_is_in_the_callers_language(postern: Postern, locale: str) -> None:
    postern.http.headers["Accept-Language"] = locale
    result = await postern.do(REGISTER, email=EMAIL, password="Password7z")
    assert result["errors"] == [{"field": "password", "code": "TOO_EASY_TO_GUESS", "message": ADVICE[locale]}]
    assert await User.all().count() == 0


async def test_the_present_address_is_unchanged(postern: Postern) -> None:
    token = (await postern.logged_in())["accessToken"]
    postern.http.headers["Accept-Language"] = "de"
    result = await postern.do(CHANGE, token, newEmail=EMAIL.upper(), password=PASSWORD)
    assert result["errors"] == [{"field": "newEmail", "code": "UNCHANGED", "message": "Das ist bereits Ihre Adresse."}]
    assert (await User.get()).canonical_email == EMAIL


@pytest.mark.parametrize(("locale", "code"), [(None, "REQUIRED"), (" ", "REQUIRED"), ("tlh", "UNKNOWN_LOCALE")])
async def test_a_profile_needs_a_language_that_is_known(postern: Postern, locale: str | None, code: str) -> None:
    token = (await postern.logged_in())["accessToken"]
    (error,) = (await postern.do(UPDATE, token, locale=locale))["errors"]
    assert (error["field"], error["code"]) == ("locale", code)
    assert (await User.get()).locale == "en"
