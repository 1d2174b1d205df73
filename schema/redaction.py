"""Where the schema is not told, errors name nothing of it that the client has not written itself."""

import re
from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError

QUOTED = re.compile(r"'([^']*)'")
NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


def redact(errors: Iterable[GraphQLError], query: str, variables: dict[str, Any] | None) -> None:
    """Take from the errors of an operation what it has not named itself, and every hint at what it may have meant."""
    written = names_in(query, variables)
    for error in errors:
        error.message = redacted(error.message.partition(" Did you mean")[0], written)


def redacted(message: str, written: set[str]) -> str:
    """The message with `…` for each name in quotes that is not among what was written."""

    def known(name: re.Match[str]) -> str:
        return name[0] if name[0] in written else "…"

    return QUOTED.sub(lambda quoted: f"'{NAME.sub(known, quoted[1])}'", message)


def names_in(query: str, variables: dict[str, Any] | None = None) -> set[str]:
    """Every name in an operation and in its variables."""
    return {*NAME.findall(query), *NAME.findall(repr(variables or {}))}
