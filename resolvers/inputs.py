"""What people type in: its one canonical form, and what is wrong with it."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from email_validator import EmailNotValidError, validate_email

import locales
from errors import InvalidInput

LONGEST_EMAIL = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
LONGEST_NAME = 100
MOST_TYPED = 4  # characters that NFC may put together into one, generously


class Inputs:
    """Collects what is wrong with each input, so that everything is told at once.

    with Inputs() as inputs:
        with inputs.field("email"):
            email = canonical_email(email)

    Leaving it raises InvalidInput where any field raised a ValueError.
    """

    def __init__(self) -> None:
        self._errors: list[tuple[str, str]] = []

    @contextmanager
    def field(self, name: str) -> Iterator[None]:
        """Checks one input: a ValueError in here is told under its name."""
        try:
            yield
        except ValueError as error:
            self._errors.append((name, str(error)))

    def __enter__(self) -> "Inputs":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._errors and kind is None:
            raise InvalidInput(self._errors)


def canonical_email(value: str) -> str:
    """The one form of an address that the server knows: NFKC, IDNA, lower case. Raises ValueError with the reason."""
    if len(value) > LONGEST_EMAIL:  # first: normalising takes time that grows with the square of some texts
        raise ValueError("The email address is too long.")
    try:
        checked = validate_email(unicodedata.normalize("NFKC", value.strip()), check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    if "=?" in checked.local_part:  # RFC 2047: mail programs would decode it into another address
        raise ValueError("The email address is not valid.")
    lowered = f"{checked.local_part}@{checked.ascii_domain or checked.domain}".lower()
    canonical = unicodedata.normalize("NFKC", lowered)
    if len(canonical.encode()) > LONGEST_EMAIL:
        raise ValueError("The email address is too long.")
    return canonical


def person_name(value: str | None) -> str | None:
    """A name without the space around it, None where nothing is left. Raises ValueError with the reason."""
    if value is None:
        return None
    # Its length first: normalising takes time that grows with the square of some texts.
    name = unicodedata.normalize("NFC", value).strip() if len(value) <= MOST_TYPED * LONGEST_NAME else value
    if len(name) > LONGEST_NAME:
        raise ValueError(f"Please use at most {LONGEST_NAME} characters.")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in name):
        raise ValueError("The name has a line break or a character that no keyboard types.")
    return name or None


def known_locale(value: str) -> str:
    """The language of ours that a BCP 47 tag asks for. Raises ValueError naming those there are."""
    known = locales.match(value)
    if known is None:
        raise ValueError(f"This language is not known. Known are: {', '.join(locales.LOCALES)}.")
    return known
