"""Passwords that are known from breaches, as a file of ours: who has it needs no network to look one up."""

import mmap
from bisect import bisect_left
from pathlib import Path

MAGIC = b"SHA1/8B\n"  # then the number of entries, then these: the first eight bytes of each SHA-1, in their order
ENTRY = 8  # bytes: of a billion entries, an unknown password is taken for one of them once in 18 billion times
HEAD = len(MAGIC) + ENTRY


class BreachedFile:
    """A file that `postern breached-file` has made, of any size: only what is looked at is in memory."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError where it is no such file, OSError where it cannot be read."""
        with path.open("rb") as file:
            head = file.read(HEAD)
            if len(head) < HEAD or not head.startswith(MAGIC):
                raise ValueError("is no file that `postern breached-file` has made")
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._count = int.from_bytes(head[len(MAGIC) :], "big")
        if len(self._bytes) != HEAD + self._count * ENTRY:
            raise ValueError("has lost its end, or was changed: make or copy it again")

    def holds(self, sha1: bytes) -> bool:
        """Whether a password of this SHA-1 is in it."""
        sought = sha1[:ENTRY]
        place = bisect_left(range(self._count), sought, key=self._entry)
        return place < self._count and self._entry(place) == sought

    def _entry(self, place: int) -> bytes:
        start = HEAD + place * ENTRY
        return self._bytes[start : start + ENTRY]
