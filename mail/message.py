"""A letter in the form that mail servers take."""

import binascii
import email.policy
from dataclasses import dataclass, field
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from mail.rendering import Text
from models import Letter
from settings import MailSettings

SAME_HEADERS = 256  # senders and subjects, of which there are few


@dataclass(frozen=True)
class Message:
    """What goes over the wire: lines that end in CRLF, all ASCII but for headers with addresses that are not."""

    id: str
    sender: str
    recipient: str
    content: bytes = field(repr=False)

    @property
    def is_ascii(self) -> bool:
        """Whether any mail server can take it, or only one with SMTPUTF8 (RFC 6531)."""
        return f"{self.sender}{self.recipient}".isascii()


def message(settings: MailSettings, letter: Letter, text: Text) -> Message:
    """The message; its Message-ID is the letter's own, however often it is sent.

    Put together here: email.message parses and folds all its own headers anew, for a third of what a letter costs.
    """
    if not text.to.isprintable():
        raise ValueError("an address with line breaks would add headers")
    sender = _address(settings.mail_from)
    sent = Message(f"{letter.id}@{sender.rpartition('@')[2]}", sender, text.to, b"")
    policy = email.policy.SMTP if sent.is_ascii else email.policy.SMTPUTF8
    boundary = f"=_{letter.id.hex}"  # "=_" is never in quoted-printable text (RFC 2045 §6.7)
    head = [
        _header("From", settings.mail_from, policy),
        f"To: {text.to}\r\n",  # canonical, so neither folded nor quoted
        _header("Subject", text.subject, policy),
        f"Date: {format_datetime(letter.created_at)}\r\n",
        f"Message-ID: <{sent.id}>\r\n",
        "Auto-Submitted: auto-generated\r\n",  # RFC 3834: nobody's holiday notice should answer
        "MIME-Version: 1.0\r\n",
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n',
    ]
    parts = (_part(boundary, "plain", text.text), _part(boundary, "html", text.html), f"--{boundary}--\r\n".encode())
    return Message(sent.id, sender, text.to, "".join(head).encode() + b"".join(parts))


@lru_cache(SAME_HEADERS)
def _header(name: str, value: str, policy: EmailPolicy) -> str:
    """The lines of a header. Raises ValueError where the value has more than one."""
    _, parsed = policy.header_store_parse(name, value)
    return str(parsed.fold(policy=policy))


@lru_cache(SAME_HEADERS)
def _address(sender: str) -> str:
    return parseaddr(sender)[1]


def _part(boundary: str, subtype: str, text: str) -> bytes:
    head = (
        f'--{boundary}\r\nContent-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    lines = b"\r\n".join(text.encode().splitlines())
    return head.encode() + binascii.b2a_qp(lines) + b"\r\n"
