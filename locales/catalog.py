"""The texts of each language, read once from its file."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from locales.tags import DEFAULT, FOLDER, match

MINUTE = 60
HOUR = 60 * MINUTE


@dataclass(frozen=True)
class Texts:
    """All texts in one language: `t("page.login")`, or `t("letter.hello_name", name="Ada")`."""

    locale: str
    by_key: Mapping[str, str] = field(repr=False)

    def __call__(self, key: str, /, **fields: object) -> str:
        """The text under a dotted key with its fields filled in; KeyError where either is missing."""
        return self.by_key[key].format(**fields)

    def duration(self, length: timedelta) -> str:
        """A length of time in words: hours where they are whole, else minutes, and seconds below one."""
        seconds = int(length.total_seconds())
        if seconds >= HOUR and seconds % HOUR == 0:
            return self._counted("hours", seconds // HOUR)
        return self._counted("minutes", seconds // MINUTE) if seconds >= MINUTE else self._counted("seconds", seconds)

    def _counted(self, unit: str, count: int) -> str:
        return self(f"duration.{unit}.{'one' if count == 1 else 'other'}", count=count)


def texts(locale: str) -> Texts:
    """The texts for a language tag, or for what it falls back to."""
    return _read(match(locale) or DEFAULT)


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield prefix + name, value
        else:
            yield from _flat(value, f"{prefix}{name}.")


@cache
def _read(locale: str) -> Texts:
    table = tomllib.loads((FOLDER / f"{locale}.toml").read_text(encoding="utf-8"))
    return Texts(locale, dict(_flat(table)))
