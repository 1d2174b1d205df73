"""What the resolvers work with, made once from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from mail.mailbox import Mailbox
from mail.outbox import Composer, Outbox
from mail.transports import Smtp
from security.keys import KeyRing, SecretKey
from security.passwords import Passwords
from security.throttle import Throttle, address_block
from security.tokens import AccessTokens, RefreshTokens
from settings import Settings


@dataclass(frozen=True)
class Client:
    """Where a request comes from, and what its program calls itself."""

    ip_address: str | None = None
    user_agent: str | None = None

    @property
    def block(self) -> str:
        """The address block whose attempts are counted together."""
        return address_block(self.ip_address)


@dataclass(frozen=True)
class Services:
    """Everything with a state or a secret. `mailbox` is None where letters are really sent."""

    settings: Settings
    keys: KeyRing
    passwords: Passwords
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    throttle: Throttle
    outbox: Outbox
    mailbox: Mailbox | None

    @classmethod
    def of(cls, settings: Settings, composers: Mapping[str, Composer]) -> Self:
        """The services that these settings ask for. Raises ValueError where a key does not fit."""
        throttle = Throttle(settings)
        secret, keys = SecretKey(settings), KeyRing(settings)
        mailbox = Mailbox(settings.data_dir / "mailbox")
        smtp = Smtp(settings.smtp_url.get_secret_value()) if settings.smtp_url else None
        return cls(
            settings=settings,
            keys=keys,
            passwords=Passwords(settings),
            access_tokens=AccessTokens(settings, keys),
            refresh_tokens=RefreshTokens(settings, secret),
            throttle=throttle,
            outbox=Outbox(
                settings,
                secret.derive("letters"),
                smtp or mailbox,
                composers,
                lambda key: throttle.wait_seconds("mail_per_recipient", key),
            ),
            mailbox=None if smtp else mailbox,
        )
