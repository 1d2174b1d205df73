"""A real SMTP server on loopback that keeps what it accepts, and answers as a test tells it to."""

import asyncio
import email
import email.policy
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from functools import lru_cache
from ssl import SSLContext
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support import secrecy

PATIENCE_SECONDS = 20


# Without it, each look at a header parses that again, and reading letters is a tenth of the suite.
POLICY = email.policy.default.clone(header_factory=lru_cache(1024)(email.policy.default.header_factory))
ACCEPTED = "250 OK"
HANG_UP = ""
Answer = str | bytes


class PostOffice:
    """`letters` are those accepted so far, `offered` all that came, `heard` is whatever clients have said.

    `answers` are taken, first come first served, instead of accepting: lines of SMTP, HANG_UP, or a
    future of one of these that keeps the client waiting.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.offered: list[EmailMessage] = []
        self.answers: list[Answer | asyncio.Future[Answer]] = []
        self.heard = bytearray()
        self.connections = 0
        self.url = ""
        self.clients: set[asyncio.BaseTransport] = set()
        self._arrived = asyncio.Condition()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> Answer:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        letter = email.message_from_bytes(envelope.content, policy=POLICY)
        secrecy.present.learn_letter(letter)
        waiting = self.answers.pop(0) if self.answers else ACCEPTED
        await self._note(self.offered, letter)
        answer = waiting if isinstance(waiting, Answer) else await waiting
        if answer == ACCEPTED:
            self.recipients.extend(envelope.rcpt_tos)
            await self._note(self.letters, letter)
        elif answer == HANG_UP:
            self.hang_up()
        return answer

    async def _note(self, letters: list[EmailMessage], letter: EmailMessage) -> None:
        async with self._arrived:
            letters.append(letter)
            self._arrived.notify_all()

    def hang_up(self) -> None:
        """Close every connection."""
        for client in self.clients:
            client.close()

    async def letters_to(self, address: str, count: int = 1) -> list[EmailMessage]:
        """The letters to an address, as soon as there are that many."""

        def found() -> list[EmailMessage]:
            return [letter for letter in self.letters if letter["To"] == address]

        await self.until(lambda: len(found()) >= count)
        return found()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Come back when a condition on the letters, accepted or offered, holds."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
            await self._arrived.wait_for(condition)


@asynccontextmanager
async def post_office(port: int = 0, tls: SSLContext | None = None, **options: Any) -> AsyncIterator[PostOffice]:
    """A post office, on a free port where none is given, speaking TLS from the first byte where `tls` is.

    `options` are those of aiosmtpd's SMTP class.
    """
    office = PostOffice()

    class Client(SMTP):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            office.connections += self.transport is None  # the same one comes again after STARTTLS
            office.clients.add(transport)
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            office.heard += data
            super().data_received(data)

    def connected() -> SMTP:
        usual: dict[str, Any] = {"enable_SMTPUTF8": True, "hostname": "post.test"}
        return Client(office, **(usual | options))

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", port, ssl=tls)
    office.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield office
    finally:
        server.close()
        office.hang_up()


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
