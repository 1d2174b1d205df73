"""How emails leave, who sends them, and what they look like."""

from email.utils import parseaddr
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, DirectoryPath, Field, SecretStr

from settings.addresses import LOOPBACK, server_address
from settings.codes import CodeSettings
from settings.links import LinkSettings
from settings.part import rule
from settings.server import ServerSettings

FORMS = ("smtp://host:port", "smtp+starttls://user:password@host:port", "smtps://…")


def _mail_server(value: SecretStr) -> SecretStr:
    url = server_address(value.get_secret_value(), *FORMS)
    if not url.hostname:
        raise ValueError("should name the mail server: smtp+starttls://user:password@host:port")
    if url.scheme == "smtp" and url.password and url.hostname not in LOOPBACK:
        raise ValueError("would send the password in plain text: use smtp+starttls:// or smtps://")
    return value


def _sender(value: str) -> str:
    if value and ("@" not in parseaddr(value)[1] or not value.isprintable()):
        raise ValueError("should be an address such as Postern <accounts@example.com>")
    return value


class MailSettings(LinkSettings, CodeSettings, ServerSettings):
    """Emails and the links in them."""

    smtp_url: Annotated[SecretStr, AfterValidator(_mail_server)] | None = Field(
        None,
        description="smtp://host:port, smtp+starttls://user:password@host:port or smtps://… (default: /mailbox)",
    )
    mail_from: Annotated[str, AfterValidator(_sender)] = Field(
        "", description="the sender of every email (default: postern@ the host of PUBLIC_URL)"
    )
    templates_dir: DirectoryPath | None = Field(
        None,
        description="a folder whose templates replace those of mail/templates, and below pages/ those of "
        "web/templates; a change needs a restart",
    )

    @rule
    def _smtp_url(self) -> SecretStr | None:
        if self.smtp_url is None and self.production:
            raise ValueError("is needed in production: the development mailbox is off there")
        return self.smtp_url

    @rule
    def _mail_from(self) -> str:
        host = urlsplit(self.public_url).hostname
        domain = "localhost" if host is None or host in LOOPBACK or ":" in host else host
        return self.mail_from or _sender(f"Postern <postern@{domain}>")
