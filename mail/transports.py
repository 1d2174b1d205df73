"""Ways a letter leaves the house."""

import asyncio
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

COMMAND_TIMEOUT_SECONDS = 15.0
PERMANENT = range(500, 600)  # RFC 5321 §4.2.1
AUTHENTICATION_REQUIRED = 530  # RFC 4954 §6: our settings are at fault, not the letter


class Refused(Exception):  # noqa: N818
    """The server will never take this letter; `str()` is what it said."""


class Delayed(Exception):  # noqa: N818
    """The letter could not be handed over now; `str()` is why."""


class Transport(Protocol):
    """Hands one letter over. Raises Refused or Delayed."""

    async def deliver(self, message: EmailMessage) -> None:
        """Come back once somebody else is answerable for the letter."""

    async def close(self) -> None:
        """Give back what is held open."""


class Smtp:
    """One kept connection to the server of SMTP_URL."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._client = aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=parts.port,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            start_tls=parts.scheme == "smtp+starttls",  # never None: that sends in plain text where it is not offered
            timeout=COMMAND_TIMEOUT_SECONDS,
        )

    async def deliver(self, message: EmailMessage) -> None:
        """Come back once the server has accepted the letter."""
        try:
            await self._connect()
            await self._client.send_message(message)
        except (aiosmtplib.SMTPException, OSError) as error:
            words = _words(error, message["To"])
            if _is_final(error):
                raise Refused(words) from error
            self._client.close()
            raise Delayed(words) from error
        except asyncio.CancelledError:
            self._client.close()  # in the middle of a command: nobody knows what the next answer belongs to
            raise

    async def close(self) -> None:
        """Say goodbye to the server, where it is still there."""
        if self._client.is_connected:
            try:
                await self._client.quit()
            except (aiosmtplib.SMTPException, OSError):
                self._client.close()

    async def _connect(self) -> None:
        if self._client.is_connected:
            try:
                await self._client.noop()
            except (aiosmtplib.SMTPException, OSError):
                self._client.close()
            else:
                return
        await self._client.connect()


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


def _words(error: Exception, recipient: str) -> str:
    match _answer(error):
        case aiosmtplib.SMTPResponseException(code=code, message=message):
            words = f"{code} {message}"
        case answer:
            words = f"{type(answer).__name__}: {answer}"
    # Servers answer in any bytes, in many lines, and repeat the address, which no log and no other row should keep.
    return "".join(char if char.isprintable() else " " for char in words.replace(recipient, "…"))
