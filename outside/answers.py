"""Asking another server, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

LONGEST_BODY = 1024 * 1024  # bytes
LONGEST_SECONDS = 10.0  # from looking its name up to the last byte


class NoAnswer(Exception):  # noqa: N818 - named as the refusals are
    """Another server has given no answer that can be used; says why, and nothing of what was sent or received."""


@dataclass(frozen=True)
class Answer:
    """The status and the body of an answer, whatever they are: a redirect is one too."""

    status: int
    body: bytes = field(repr=False)


class Client(Protocol):
    """Whoever asks other servers."""

    async def ask(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        within: float = LONGEST_SECONDS,
        keep: bool = True,
    ) -> Answer:
        """What the server of an address says within so many seconds; no body where it is not to `keep` that.

        Raises NoAnswer.
        """

    async def close(self) -> None:
        """Gives its connections up."""
