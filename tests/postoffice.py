"""A real SMTP server on loopback that keeps what it accepts, and answers as a test tells it to."""

import asyncio
import email
import email.policy
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

PATIENCE_SECONDS = 20


class PostOffice:
    """`letters` are those accepted so far. `answers` are taken, first come first served, instead of accepting."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: list[str] = []
        self.connections = 0
        self.url = ""
        self._arrived = asyncio.Condition()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        async with self._arrived:
            self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
            self.recipients.extend(envelope.rcpt_tos)
            self._arrived.notify_all()
        return "250 OK"

    async def letters_to(self, address: str, count: int = 1) -> list[EmailMessage]:
        """The letters to an address, as soon as there are that many."""

        def found() -> list[EmailMessage]:
            return [letter for letter in self.letters if letter["To"] == address]

        await self.until(lambda: len(found()) >= count)
        return found()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Come back when a condition on the accepted letters holds."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
            await self._arrived.wait_for(condition)


@asynccontextmanager
async def post_office(**options: Any) -> AsyncIterator[PostOffice]:
    """A post office on a free port; `options` are those of aiosmtpd's SMTP class."""
    office = PostOffice()

    def connected() -> SMTP:
        office.connections += 1
        return SMTP(office, enable_SMTPUTF8=True, **options)

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
    office.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield office
    finally:
        server.close()


def body(letter: EmailMessage, subtype: str = "plain") -> str:
    """The text of one of a letter's parts."""
    part = letter.get_body((subtype,))
    assert part, f"no {subtype} part"
    return str(part.get_content())


def token_in(letter: EmailMessage) -> str:
    """The token of the link in a letter."""
    found = re.search(r"token=([\w-]+)", body(letter))
    assert found, "no link"
    return found[1]
