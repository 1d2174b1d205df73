"""What commands print: words and tables for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

import logs

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """One value, on standard output: instants in ISO 8601, ids as text."""
    click.echo(json.dumps(value, indent=indent, ensure_ascii=False, default=_in_json))


def print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows below the names of their columns, which are those of the first; nothing where there are no rows."""
    if not rows:
        return
    texts = [[_in_words(row[name]) for name in rows[0]] for row in rows]
    names = [name.replace("_", " ").upper() for name in rows[0]]
    widths = [max(map(len, column)) for column in zip(names, *texts, strict=True)]
    click.secho(_line(names, widths), bold=True)
    for row in texts:
        click.echo(_line(row, widths))


def print_facts(facts: Mapping[str, Any]) -> None:
    """One thing: a line for each of its facts."""
    width = max(map(len, facts))
    for name, value in facts.items():
        click.echo(f"{click.style(name.replace('_', ' ').ljust(width), bold=True)}  {_in_words(value)}")


def print_line(values: Sequence[Any]) -> None:
    """Some values on one line."""
    click.echo("  ".join(map(_in_words, values)))


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(text.ljust(width) for text, width in zip(texts, widths, strict=True)).rstrip()


def _in_words(value: Any) -> str:
    """Without line breaks and control characters: what strangers have typed moves nothing on a terminal."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ", "seconds").removesuffix("+00:00")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        value = " ".join(f"{name}={_in_words(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return logs.one_line("-" if value in (None, "") else str(value))


def _in_json(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
