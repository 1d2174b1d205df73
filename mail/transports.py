"""Ways a letter leaves the house."""

import asyncio
import time
from functools import partial
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from mail import replies
from mail.message import Message

COMMAND_TIMEOUT_SECONDS = 15.0
RESTED_SECONDS = 1.0  # after so long the server may have closed a connection, and is asked before a letter is begun
PERMANENT = range(500, 600)  # RFC 5321 §4.2.1
AUTHENTICATION_REQUIRED = 530  # RFC 4954 §6: our settings are at fault, not the letter


class Refused(Exception):  # noqa: N818
    """The server will never take this letter; `str()` is what may be kept of its reply."""


class Delayed(Exception):  # noqa: N818
    """The letter could not be handed over now; `str()` is why."""


class LoginRefused(Delayed):
    """The server does not take our user and password."""


class Transport(Protocol):
    """Hands one letter over. Raises Refused or Delayed."""

    async def deliver(self, message: Message, *, isolated: bool = False) -> None:
        """Come back once somebody else is answerable for the letter.

        `isolated`: it shares nothing with other letters that could make them faster or slower.
        """

    def rest(self) -> None:
        """Nothing is on its way: give back what only several letters at once need."""

    async def close(self) -> None:
        """Give back what is held open."""


class Smtp:
    """The server of SMTP_URL: by one connection that is kept, and by more while letters follow one another."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._username, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._client = partial(
            aiosmtplib.SMTP,
            hostname=parts.hostname,
            port=parts.port,
            username=self._username or None,
            password=self._password or None,
            use_tls=parts.scheme == "smtps",
            start_tls=parts.scheme == "smtp+starttls",  # never None: that sends in plain text where it is not offered
            timeout=COMMAND_TIMEOUT_SECONDS,
        )
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []  # with when each was used last, the latest at the end
        self._quitting: set[asyncio.Task[None]] = set()

    async def deliver(self, message: Message, *, isolated: bool = False) -> None:
        """Come back once the server has accepted the letter. One that goes `isolated` has a connection of its own."""
        client, used_at = self._idle.pop() if self._idle and not isolated else (self._client(), 0.0)
        try:
            await _connect(client, used_at)
            options = () if message.is_ascii else ("SMTPUTF8", "BODY=8BITMIME")  # RFC 6531 §3.6
            await client.sendmail(message.sender, [message.recipient], message.content, mail_options=options)
        except (aiosmtplib.SMTPException, OSError) as error:
            reply = replies.summary(_answer(error), message.recipient, self._username, self._password)
            # From nowhere: a traceback of either must not bring along what the server said.
            if _is_final(error):
                raise Refused(reply) from None
            client.close()
            raise Delayed(reply) from None
        except asyncio.CancelledError:
            client.close()  # in the middle of a command: nobody knows what the next answer belongs to
            raise
        finally:
            self._release(client, keep=not isolated)

    async def greet(self) -> None:
        """Come to where a letter would begin, and say goodbye. Raises Delayed, LoginRefused."""
        client = self._client()
        try:
            await client.connect()
            await client.quit()
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            refused = isinstance(error, aiosmtplib.SMTPAuthenticationError)
            reply = replies.summary(error, self._username, self._password)
            raise (LoginRefused if refused else Delayed)(reply) from None

    def rest(self) -> None:
        """Say goodbye on all connections but the one that was used last."""
        while len(self._idle) > 1:
            self._release(self._idle.pop(0)[0], keep=False)

    async def close(self) -> None:
        """Say goodbye to the server, where it is still there."""
        while self._idle:
            self._release(self._idle.pop()[0], keep=False)
        await asyncio.gather(*self._quitting)

    def _release(self, client: aiosmtplib.SMTP, *, keep: bool) -> None:
        if not client.is_connected:
            return
        if keep:
            self._idle.append((client, time.monotonic()))
            return
        # Nobody waits for this: a letter that the server has accepted must not look cancelled, or it is sent again.
        quitting = asyncio.create_task(_quit(client))
        self._quitting.add(quitting)
        quitting.add_done_callback(self._quitting.discard)


async def _connect(client: aiosmtplib.SMTP, used_at: float) -> None:
    if client.is_connected:
        if time.monotonic() - used_at < RESTED_SECONDS:
            return
        try:
            await client.noop()
        except (aiosmtplib.SMTPException, OSError):
            client.close()
        else:
            return
    await client.connect()


async def _quit(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit()
    except (aiosmtplib.SMTPException, OSError):
        client.close()


def _answer(error: Exception) -> Exception:
    """The answer to our one recipient, where the library wraps it in a list."""
    return error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error


def _is_final(error: Exception) -> bool:
    match _answer(error):
        case aiosmtplib.SMTPNotSupported():
            return True
        # Not the sender: MAIL_FROM is the same for all letters, and can be mended before they are given up.
        case aiosmtplib.SMTPRecipientRefused(code=code) | aiosmtplib.SMTPDataError(code=code):
            return code in PERMANENT and code != AUTHENTICATION_REQUIRED
    return False
