"""What people type in: its one canonical form, and what is wrong with it."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from email_validator import EmailNotValidError, validate_email

import locales
from errors import InputError, InputErrorCode, InvalidInput, Unacceptable

LONGEST_EMAIL = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
LONGEST_NAME = 100
MOST_TYPED = 4  # characters that NFC may put together into one, generously

# What email-validator says is wrong, by how it says it, and our text for each: the first that fits.
EMAIL_TEXTS = {
    r"must have an @-sign": "input.email.no_at_sign",
    r"something before": "input.email.nothing_before",
    r"something after": "input.email.nothing_after",
    r"too long|so many characters": "input.email.too_long",
    r"close quote|not quoted|in quotes|^Quoting|angle bracket|display name|anything after": "input.email.alone",
    r"SPACE": "input.email.space",
    r"(invalid|unsafe) character": "input.email.characters",
    r"cannot (start|end) with|immediately (before|after) the @-sign\.|in a row|next to each": "input.email.periods",
    r"should have a period": "input.email.no_period",
    r"reserved name": "input.email.reserved",
    r"after the @-sign": "input.email.domain",
}
# What breaks a line, is no text, or changes the order of what is shown behind it (Unicode UAX #9, explicit formatting).
UNFIT = ("Cc", "Cs", "Zl", "Zp")
REORDERING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a symbol that show nothing
VISIBLE = re.compile(r"""(?<=['"]).(?=['"][,.])""")  # a character as email-validator shows it


class Inputs:
    """Collects what is wrong with each input, so that everything is told at once.

    with Inputs() as inputs:
        with inputs.field("email"):
            email = canonical_email(email)

    Leaving it raises InvalidInput where any field raised Unacceptable.
    """

    def __init__(self) -> None:
        self._errors: list[InputError] = []

    @contextmanager
    def field(self, name: str) -> Iterator[None]:
        """Checks one input: Unacceptable in here is told under its name."""
        try:
            yield
        except Unacceptable as error:
            self._errors.append(InputError(name, error.code, error.keys, error.parameters))

    def __enter__(self) -> "Inputs":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._errors and kind is None:
            raise InvalidInput(self._errors)


def canonical_email(value: str) -> str:
    """The one form of an address that the server knows: NFKC, IDNA, lower case. Raises Unacceptable."""
    if len(value) > LONGEST_EMAIL:  # first: normalising takes time that grows with the square of some texts
        raise Unacceptable(InputErrorCode.TOO_LONG, "input.email.too_long")
    if not value.strip():
        raise Unacceptable(InputErrorCode.REQUIRED, "input.required")
    try:
        checked = validate_email(unicodedata.normalize("NFKC", value.strip()), check_deliverability=False)
    except EmailNotValidError as error:
        raise _wrong_email(str(error)) from None
    if "=?" in checked.local_part:  # RFC 2047: mail programs would decode it into another address
        raise Unacceptable(InputErrorCode.INVALID, "input.email.invalid")
    lowered = f"{checked.local_part}@{checked.ascii_domain or checked.domain}".lower()
    canonical = unicodedata.normalize("NFKC", lowered)
    if len(canonical.encode()) > LONGEST_EMAIL:
        raise Unacceptable(InputErrorCode.TOO_LONG, "input.email.too_long")
    return canonical


def _wrong_email(reason: str) -> Unacceptable:
    """What email-validator says, as one of our texts."""
    key = next((key for form, key in EMAIL_TEXTS.items() if re.search(form, reason)), "input.email.invalid")
    characters = " ".join(VISIBLE.findall(reason))
    if key == "input.email.characters" and not characters:
        key = "input.characters"
    code = InputErrorCode.TOO_LONG if key == "input.email.too_long" else InputErrorCode.INVALID
    return Unacceptable(code, key, characters=characters)


def person_name(value: str | None) -> str | None:
    """A name without the space around it, None where nothing is left. Raises Unacceptable."""
    return None if value is None else line(value, LONGEST_NAME)


def line(value: str, longest: int) -> str | None:
    """A line of text without the space around it, None where nothing is left. Raises Unacceptable."""
    # Its length first: normalising takes time that grows with the square of some texts.
    text = unicodedata.normalize("NFC", value).strip() if len(value) <= MOST_TYPED * longest else value
    if len(text) > longest:
        raise Unacceptable(InputErrorCode.TOO_LONG, "input.too_long", count=longest)
    if any(_is_unfit(character) for character in text) or (text and not any(map(_is_seen, text))):
        raise Unacceptable(InputErrorCode.INVALID, "input.characters")
    return text or None


def _is_unfit(character: str) -> bool:
    return unicodedata.category(character) in UNFIT or unicodedata.bidirectional(character) in REORDERING


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in BLANK


def known_locale(value: str) -> str:
    """The language of ours that a BCP 47 tag asks for. Raises Unacceptable, naming those there are."""
    if not value.strip():
        raise Unacceptable(InputErrorCode.REQUIRED, "input.required")
    known = locales.match(value)
    if known is None:
        raise Unacceptable(InputErrorCode.UNKNOWN_LOCALE, "input.unknown_locale", locales=", ".join(locales.LOCALES))
    return known
