"""Every language says the same things, and each person gets the best one we have."""

from datetime import timedelta
from string import Formatter

import pytest

from locales import DEFAULT, LOCALES, match, negotiate, texts


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


def test_english_comes_first() -> None:
    """English is the default and the first of the languages."""
    assert LOCALES[0] == DEFAULT == "en"
    assert set(LOCALES) >= {"en", "de", "fr"}


@pytest.mark.parametrize("locale", LOCALES)
def test_same_texts(locale: str) -> None:
    """A language has exactly the keys and the fields that English has, and no empty text."""
    english, other = texts("en").by_key, texts(locale).by_key
    assert set(other) == set(english)
    assert {key: fields(other[key]) for key in other} == {key: fields(english[key]) for key in english}
    assert all(text.strip() == text != "" for text in other.values())


@pytest.mark.parametrize(("key", "given"), [("page.nothing", {}), ("letter.hello_name", {})])
def test_missing(key: str, given: dict[str, str]) -> None:
    """A key or a field that is missing is an error at once."""
    with pytest.raises(KeyError):
        texts("en")(key, **given)


def test_fields_are_not_templates() -> None:
    """What is filled in is shown as it is, braces and all."""
    assert texts("en")("letter.hello_name", name="{app}") == "Hello {app},"


def test_unknown_language() -> None:
    """A language that we do not know any more is answered in English."""
    assert texts("tlh").locale == "en"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "en"),
        ("de-AT", "de"),
        ("DE-at", "de"),
        ("fr-Latn-CA-x-old", "fr"),
        ("de_AT", None),
        ("tlh", None),
        ("deu", None),
        ("", None),
        ("de-", None),
        ("-de", None),
        (" de", None),
        ("de\n", None),
        ("*", None),
        ("dé", None),
        ("../en", None),
        ("de" + "-a" * 100_000, None),
    ],
)
def test_match(tag: str, expected: str | None) -> None:
    """A tag falls back, part by part, to a language we know, or to none."""
    assert match(tag) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en;q=0.5, fr;q=0.7", "fr"),
        ("fr ; q=0.7,\tde ; Q=0.8", "de"),
        ("de, fr", "de"),
        ("tlh, fr;q=0.1", "fr"),
        ("de;q=0, fr;q=0.001", "fr"),
        ("*", "en"),
        ("tlh, *;q=0.5, fr;q=0.1", "en"),
        ("de;q=0", "en"),
        (";;;,,, q=", "en"),
        ("de;q=2, fr", "fr"),
        ("de;q=nan, fr;q=0.1", "fr"),
        ("de;q=-1", "en"),
        ("de;q=0.1234", "en"),
        ("\x00\xff, fr", "fr"),
        ("tlh," * 50_000 + "de", "en"),
    ],
)
def test_negotiate(header: str, expected: str) -> None:
    """The best known language wins; a malformed header never raises."""
    assert negotiate(header) == expected


@pytest.mark.parametrize(
    ("length", "english", "german", "french"),
    [
        (timedelta(hours=24), "24 hours", "24 Stunden", "24 heures"),
        (timedelta(hours=1), "1 hour", "1 Stunde", "1 heure"),
        (timedelta(minutes=90), "90 minutes", "90 Minuten", "90 minutes"),
        (timedelta(minutes=30), "30 minutes", "30 Minuten", "30 minutes"),
        (timedelta(seconds=119), "1 minute", "1 Minute", "1 minute"),
        (timedelta(seconds=2), "2 seconds", "2 Sekunden", "2 secondes"),
        (timedelta(seconds=1), "1 second", "1 Sekunde", "1 seconde"),
    ],
)
def test_duration(length: timedelta, english: str, german: str, french: str) -> None:
    """A length of time is told in words, and never as longer than it is."""
    assert [texts(locale).duration(length) for locale in ("en", "de", "fr")] == [english, german, french]
