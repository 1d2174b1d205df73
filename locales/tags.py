"""Which of the languages we know suits what a person asks for."""

import re
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
DEFAULT = "en"
LOCALES = (DEFAULT, *sorted({path.stem for path in FOLDER.glob("*.toml")} - {DEFAULT}))

# A browser asks for a handful of languages; what a stranger makes up should not cost more.
MAX_RANGES = 20
MAX_SUBTAGS = 8
REMEMBERED = 128  # headers: browsers send few, and each request asks

_TAG = rf"[a-z]{{1,8}}(?:-[a-z0-9]{{1,8}}){{0,{MAX_SUBTAGS}}}"
_QUALITY = r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?"
TAG = re.compile(_TAG, re.IGNORECASE)
RANGE = re.compile(rf"({_TAG}|\*)[ \t]*(?:;[ \t]*q=({_QUALITY}))?", re.IGNORECASE)


def match(tag: str) -> str | None:
    """The known language that `tag` falls back to (RFC 4647 §3.4: de-AT to de), or None."""
    known = {locale.lower(): locale for locale in LOCALES}
    wanted = tag.lower() if TAG.fullmatch(tag) else ""
    while wanted and wanted not in known:
        wanted = wanted.rpartition("-")[0]
    return known.get(wanted)


@lru_cache(REMEMBERED)
def negotiate(accept_language: str) -> str:
    """The known language that an Accept-Language header likes best (RFC 9110 §12.5.4); DEFAULT for none."""
    ranges = [RANGE.fullmatch(part.strip(" \t")) for part in accept_language.split(",")[:MAX_RANGES]]
    weighed = [(float(found[2] or 1), found[1]) for found in ranges if found]
    best_first = sorted(weighed, key=lambda pair: pair[0], reverse=True)
    known = (DEFAULT if tag == "*" else match(tag) for quality, tag in best_first if quality)
    return next((locale for locale in known if locale), DEFAULT)
