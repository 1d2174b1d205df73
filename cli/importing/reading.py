"""Reading a file record by record, so that no more than one is in memory."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

LONGEST = 64 * 1024  # bytes of a line
TOO_LONG = f"the line has more than {LONGEST} bytes"


@dataclass(frozen=True)
class Record:
    """What a line says, or why it says nothing; `offset` is how far into the file it reaches, in bytes."""

    line: int
    offset: int
    known: Mapping[str, Any]
    mistake: str = ""


class UnknownForm(Exception):  # noqa: N818 - it is the file's
    """The file is none that can be read at all."""


def records(path: Path) -> Iterator[Record]:
    """The records of a CSV file with a head, or of JSON lines; of a pipe, too. Raises UnknownForm."""
    try:
        with path.open("rb", buffering=LONGEST) as file:
            yield from (_json_lines if _begins_json(file) else _csv)(file)
    except OSError as error:
        raise UnknownForm(f"cannot be read: {error.strerror}") from None


def _begins_json(file: BinaryIO) -> bool:
    assert isinstance(file, BufferedReader)  # noqa: S101 - it looks ahead: a pipe does not go back
    start = file.peek(LONGEST).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        raise UnknownForm("is one JSON list: write each account on a line of its own")
    return start.startswith(b"{")


def _lines(file: BinaryIO) -> Iterator[tuple[int, int, bytes | None]]:
    """Each line with its number and where it ends; None for one that is too long, of which nothing is kept."""
    number = offset = 0
    while line := file.readline(LONGEST):
        number += 1
        offset += len(line)
        whole = len(line) < LONGEST or line.endswith(b"\n")
        while not whole:
            rest = file.readline(LONGEST)
            offset += len(rest)
            whole = len(rest) < LONGEST or rest.endswith(b"\n")
            line = b""
        yield number, offset, line or None


def _json_lines(file: BinaryIO) -> Iterator[Record]:
    for number, offset, line in _lines(file):
        if line is None:
            yield Record(number, offset, {}, TOO_LONG)
            continue
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        try:
            known = json.loads(text)
        except (ValueError, RecursionError):
            yield Record(number, offset, {}, "the line is no JSON")
            continue
        wrong = "" if isinstance(known, dict) else "the line is no JSON object"
        yield Record(number, offset, {} if wrong else known, wrong)


def _csv(file: BinaryIO) -> Iterator[Record]:
    lines = _Texts(file)
    csv.field_size_limit(LONGEST)
    rows = csv.reader(lines, strict=True)
    head = next(rows, [])
    if "email" not in head:
        raise UnknownForm("has no column email in its first line, and is no JSON lines either")
    while True:
        begins, lines.cut = lines.number + 1, False
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(begins, lines.offset, {}, f"cannot be read, up to line {lines.number}: {error}")
            continue
        if lines.cut:
            yield Record(begins, lines.offset, {}, TOO_LONG)
        elif row:
            wrong = "" if len(row) == len(head) else f"{len(row)} columns instead of {len(head)}"
            yield Record(begins, lines.offset, {} if wrong else dict(zip(head, row, strict=True)), wrong)


class _Texts:
    """The lines of a file; the number of the last one, where it ends, and whether one was too long and left out."""

    def __init__(self, file: BinaryIO) -> None:
        self._lines = _lines(file)
        self.number, self.offset, self.cut = 0, 0, False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.number, self.offset, line = next(self._lines)
        self.cut = self.cut or line is None
        return (line or b"\n").decode("utf-8-sig" if self.number == 1 else "utf-8", "surrogateescape")
