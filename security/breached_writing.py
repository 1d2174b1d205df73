"""Making a file of breached passwords from the list that Have I Been Pwned gives out, in bounded memory."""

import mmap
import os
import re
import sys
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from heapq import merge
from itertools import groupby, islice
from pathlib import Path
from typing import IO, BinaryIO

from security.breached import ENTRY, MAGIC

LINE = re.compile(rb"^([0-9A-Fa-f]{40}):([0-9]{1,15})[ \t\r]*$", re.MULTILINE)
LONGEST_LINE = 100  # bytes, so that a file without any line does not fill the memory
BLOCK = 1 << 20  # bytes of the list that are read at a time
AT_ONCE = 1 << 20  # entries that are sorted in memory: some 50 MB

Tell = Callable[[str], None]


def write(source: Path, target: Path, at_least: int, tell: Tell) -> int:
    """Makes `target` of the passwords that were met so often at least; gives back how many those are.

    How far it is, it tells now and then.

    Until it is whole, it is there as it was before, or not. Raises ValueError, naming the line that is not of the
    list's form, and OSError.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with source.open("rb") as lines, tempfile.TemporaryFile(dir=target.parent) as spilled:
            ends = _spill(_entries(lines, at_least, tell), spilled)
            if not ends:
                raise ValueError("holds no password that was met so often")
            with part.open("xb") as file:
                count = _write(_merged(spilled, ends), file, tell)
        part.replace(target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    _keep(target.parent)
    return count


def _entries(lines: BinaryIO, at_least: int, tell: Tell) -> Iterator[int]:
    """The first eight bytes of each hash, as a number."""
    whole = os.fstat(lines.fileno()).st_size  # 0 of a pipe
    number = size = 0
    while block := lines.read(BLOCK) + lines.readline(LONGEST_LINE):
        found = LINE.findall(block)
        if len(found) < block.count(b"\n") + (not block.endswith(b"\n")):
            _check(block, number)
        number, size = number + block.count(b"\n"), size + len(block)
        tell(f"{number:,} lines read" + (f" ({size / whole:.0%})" if whole else ""))
        yield from (int(sha1[: 2 * ENTRY], 16) for sha1, times in found if int(times) >= at_least)


def _check(block: bytes, before: int) -> None:
    """Of a block some line of which is none of the list's. Raises ValueError, unless it is empty."""
    for number, line in enumerate(block.split(b"\n"), before + 1):
        if line.strip() and not LINE.fullmatch(line):
            raise ValueError(f"line {number} is not HASH:COUNT, 40 hexadecimal digits of a SHA-1 and a number")


def _spill(entries: Iterator[int], spilled: IO[bytes]) -> list[int]:
    """Writes them as sorted runs; gives back where each ends. A list in the order of its hashes is a single one."""
    ends: list[int] = []
    last, end = -1, 0
    while some := array("Q", sorted(islice(entries, AT_ONCE))):
        if some[0] < last or not ends:
            ends.append(end)
        some.tofile(spilled)
        last, end = some[-1], end + len(some)
        ends[-1] = end
    spilled.flush()
    return ends


def _merged(spilled: IO[bytes], ends: list[int]) -> Iterator[int]:
    entries = memoryview(mmap.mmap(spilled.fileno(), 0, access=mmap.ACCESS_READ)).cast("Q")
    runs = [entries[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return (entry for entry, _ in groupby(merge(*runs)))


def _write(entries: Iterable[int], file: BinaryIO, tell: Tell) -> int:
    remaining, count = iter(entries), 0
    file.write(MAGIC + bytes(ENTRY))
    while some := array("Q", islice(remaining, AT_ONCE)):
        count += len(some)
        if sys.byteorder == "little":
            some.byteswap()
        some.tofile(file)
        tell(f"{count:,} passwords written")
    file.seek(len(MAGIC))
    file.write(count.to_bytes(ENTRY, "big"))
    file.flush()
    os.fsync(file.fileno())
    return count


def _keep(folder: Path) -> None:
    """Has the system keep the file's name over a loss of power, where it can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
