"""A letter in the form that mail servers take."""

from email.message import EmailMessage
from email.utils import parseaddr

from mail.rendering import Text
from models import Letter
from settings import MailSettings


def message(settings: MailSettings, letter: Letter, text: Text) -> EmailMessage:
    """The message; its Message-ID is the letter's own, however often it is sent."""
    sent = EmailMessage()
    sent["From"] = settings.mail_from
    sent["To"] = text.to
    sent["Subject"] = text.subject
    sent["Date"] = letter.created_at
    sent["Message-ID"] = f"<{letter.id}@{parseaddr(settings.mail_from)[1].rpartition('@')[2]}>"
    sent["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice should answer
    sent.set_content(text.text)
    sent.add_alternative(text.html, subtype="html")
    return sent
