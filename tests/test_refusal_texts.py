"""Whatever is refused has words in every language, and no words wait for a refusal that does not exist"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxcvbn.feedback

import errors
import schema.problems
from edge.messages import message_of
from errors import InputErrorCode, InvalidInput, Refusal, TooManyAttempts, Unacceptable
from locales import LOCALES, texts
from resolvers.factors import SecondFactorNeeded
from resolvers.identity_logins import IdentityNotLinked
from resolvers.inputs import EMAIL_TEXTS, canonical_email
from security import advice
from tests.test_house import ROOMS, files

TABLES = ("refusal", "error", "input", "advice")
KEY = re.compile(rf"({'|'.join(TABLES)})(\.[a-z_0-9]+)+")


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for refusal in kind.__subclasses__():
        yield refusal
        yield from refusals(refusal)


def strings(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def used() -> set[str]:
    rooms = [module for room in ROOMS for module in files(room)]
    return {string for module in rooms for string in strings(module) if KEY.fullmatch(string)}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_key_in_the_code_has_a_text_and_every_text_a_key(locale: str) -> None:
    written = {key for key in texts(locale).by_key if key.partition(".")[0] in TABLES}
    assert used() == written


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", list(refusals()))
def test_every_refusal_is_told_in_every_language(kind: type[Refusal], locale: str) -> None:
    made: dict[type[Refusal], Refusal] = {
        InvalidInput: InvalidInput([]),
        SecondFactorNeeded: SecondFactorNeeded([]),
        IdentityNotLinked: IdentityNotLinked("google", "ticket"),
        TooManyAttempts: TooManyAttempts(60),
    }
    refusal = made.get(kind) or kind()
    assert message_of(refusal, locale) == texts(locale)(kind.key, **refusal.parameters)
    assert kind.key in str(refusal), "the log says which"


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != "en"])
def test_no_text_was_left_in_english(locale: str) -> None:
    english, other = texts("en").by_key, texts(locale).by_key
    assert not [key for key in used() if english[key] == other[key]]


def test_everything_that_zxcvbn_advises_has_a_text_of_ours() -> None:
    source = Path(zxcvbn.feedback.__file__).read_text()
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    advised = {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "_" and isinstance(call.args[0], ast.Constant)
    }
    assert len(advised) > 20, "it still marks its texts in this way"
    assert advised == advice.TEXTS.keys()


def test_what_zxcvbn_may_learn_to_say_is_left_out_rather_than_told_in_english() -> None:
    assert list(advice.keys_of("This one is new.", "Avoid sequences.")) == ["advice.avoid_sequences"]


def test_the_graphql_enum_has_every_code() -> None:
    assert [code.value for code in schema.problems.InputErrorCode] == list(errors.InputErrorCode)


ADDRESSES = {
    "input.email.no_at_sign": ["ann", "ann.example.com"],
    "input.email.nothing_before": ["@example.com"],
    "input.email.nothing_after": ["ann@"],
    "input.email.too_long": ["a" * 300 + "@example.com", f"{'a' * 200}@{'b' * 60}.com", f"ann@{'b' * 64}.com"],
    "input.email.alone": ["Ann <ann@example.com>", '"ann"@example.com', '"a n n"@example.com', "<ann@example.com"],
    "input.email.space": ["ann smith@example.com", "ann@exam ple.com", "ann@example.com, ben@example.com"],
    "input.email.characters": ["ann,ben@example.com", "ann(at)home@example.com", "ann@example,com", "ann@exa_mple.com"],
    "input.characters": ["ann\n@example.com", "ann\0@example.com", "\ud800@example.com"],
    "input.email.periods": [".ann@example.com", "ann.@example.com", "a..n@example.com", "ann@-example.com", "a@b.com."],
    "input.email.no_period": ["ann@example"],
    "input.email.reserved": ["ann@localhost.local", "ann@example.invalid"],
    "input.email.domain": ["ann@[127.0.0.1]", "ann@ab--cd.com", "ann@xn--a.com"],
    "input.email.invalid": ["=?utf-8?q?ben?=@example.com"],
    "input.required": ["", " \t\u3000"],
}


@pytest.mark.parametrize(("key", "email"), [(key, email) for key, emails in ADDRESSES.items() for email in emails])
def test_what_is_wrong_with_an_address_is_told_by_its_kind(key: str, email: str) -> None:
    with pytest.raises(Unacceptable) as caught:
        canonical_email(email)
    assert caught.value.keys == (key,)
    expected = {"input.email.too_long": InputErrorCode.TOO_LONG, "input.required": InputErrorCode.REQUIRED}
    assert caught.value.code == expected.get(key, InputErrorCode.INVALID)


def test_every_kind_that_email_validator_tells_apart_is_met() -> None:
    assert set(EMAIL_TEXTS.values()) <= ADDRESSES.keys()


@pytest.mark.parametrize(
    ("email", "characters"),
    [("ann,ben(@example.com", "( ,"), ("ann@exa_mple.com", "_"), ("ann@o'neill.com", "'"), ('ann@a"b.com', '"')],
)
def test_the_characters_that_an_address_cannot_have_are_shown(email: str, characters: str) -> None:
    with pytest.raises(Unacceptable) as caught:
        canonical_email(email)
    assert caught.value.parameters["characters"] == characters
