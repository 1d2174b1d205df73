"""The development mailbox: letters are kept as files instead of being sent."""

import asyncio
import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from mail.message import Message

SHOWN = 100


@dataclass(frozen=True)
class Delivered:
    """A letter that would have been sent; `received_at` is when its account asked for it."""

    id: str
    subject: str
    to: str
    received_at: datetime
    text: str
    html: str


class Mailbox:
    """A folder of letters, one file each, named by the letter's id and so in the order of time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, message: Message, *, isolated: bool = False) -> None:  # noqa: ARG002 - all files are
        """Keep the letter; the same letter again replaces itself."""
        await asyncio.to_thread(self._keep, message)

    def rest(self) -> None:
        """Nothing is held open."""

    async def close(self) -> None:
        """Nothing is held open."""

    async def letters(self) -> list[Delivered]:
        """The newest letters, newest first, at most 100."""
        return await asyncio.to_thread(lambda: [_read(file) for file in self._files()[:SHOWN]])

    async def letter(self, letter_id: str) -> Delivered | None:
        """One letter, or None where there is none of that id."""
        found = [file for file in await asyncio.to_thread(self._files) if file.stem == letter_id]
        return await asyncio.to_thread(_read, found[0]) if found else None

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.eml"), reverse=True)

    def _keep(self, message: Message) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # letters hold tokens
        draft = self._folder / f"{message.id.partition('@')[0]}.draft"
        draft.write_bytes(message.content)
        draft.replace(draft.with_suffix(".eml"))


def _read(file: Path) -> Delivered:
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    return Delivered(
        id=file.stem,
        subject=message["Subject"],
        to=message["To"],
        received_at=message["Date"].datetime,
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return part.get_content() if part else ""
