"""What the resolvers work with, made once from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self
from uuid import UUID

import outside
import providers
from database import Moments, with_owner
from mail.delivery import Composer, Delivery
from mail.letters import Posting
from mail.mailbox import Mailbox
from mail.outbox import Outbox
from mail.transports import Smtp
from models import Session
from outside.breaches import Breaches
from providers import Provider
from resolvers import permissions
from resolvers.belongings import Belongings
from resolvers.signing_keys import SigningKeys
from resolvers.stored_keys import StoredKeys
from resolvers.webhook_delivery import Deliveries
from security.ceremonies import Ceremonies
from security.fingerprints import Fingerprints
from security.keys import KeyRing, SecretKey
from security.mailed_codes import MailedCodes
from security.passkeys import Passkeys
from security.passwords import Passwords
from security.sealing import Seal
from security.throttle import Throttle
from security.tokens import AccessTokens, RefreshTokens
from settings import Settings


@dataclass(frozen=True)
class Services:
    """Everything with a state or a secret.

    `mailbox` is None where letters are really sent, `outside` where no other server is asked.
    """

    settings: Settings
    keys: KeyRing
    stored_keys: StoredKeys
    signing_keys: SigningKeys
    passwords: Passwords
    outside: outside.Client | None
    breaches: Breaches
    providers: Mapping[str, Provider]
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    fingerprints: Fingerprints
    throttle: Throttle
    outbox: Outbox
    delivery: Delivery
    mailbox: Mailbox | None
    webhooks: Deliveries
    totp_seal: Seal
    form_seal: Seal
    ceremonies: Ceremonies
    mailed_codes: MailedCodes
    passkeys: Passkeys
    sessions: Moments[UUID, Session | None]
    roles: Moments[UUID, list[permissions.Held]]
    belongings: Belongings

    @classmethod
    def of(cls, settings: Settings, composers: Mapping[type[Posting], Composer]) -> Self:
        """The services that these settings ask for. Raises ValueError where a key or a file does not fit."""
        secret, keys = SecretKey(settings), KeyRing(settings)
        stored_keys = StoredKeys(settings, secret, keys)
        client = _client(settings)
        throttle = Throttle(settings, secret.derive("throttle"))
        mailbox = Mailbox(settings.data_dir / "mailbox")
        smtp = Smtp(settings.smtp_url.get_secret_value()) if settings.smtp_url else None
        outbox = Outbox(secret.derive_all("letters"))
        paced = partial(throttle.wait_seconds, "mail_per_recipient")
        return cls(
            settings=settings,
            keys=keys,
            stored_keys=stored_keys,
            signing_keys=SigningKeys(settings, stored_keys, keys),
            passwords=Passwords(settings),
            outside=client,
            breaches=Breaches(settings, client),
            providers=providers.of(settings, client),
            access_tokens=AccessTokens(settings, keys),
            refresh_tokens=RefreshTokens(settings, secret),
            fingerprints=Fingerprints(secret),
            throttle=throttle,
            outbox=outbox,
            delivery=Delivery(settings, outbox, smtp or mailbox, composers, paced),
            webhooks=Deliveries(secret.derive_all("webhooks"), outbox, local=not settings.production),
            totp_seal=Seal(secret.derive_all("totp")),
            form_seal=Seal(secret.derive_all("forms")),
            ceremonies=Ceremonies(settings, secret),
            mailed_codes=MailedCodes(secret),
            passkeys=Passkeys(settings),
            mailbox=None if smtp else mailbox,
            sessions=Moments(partial(with_owner, Session, "user")),
            roles=Moments(permissions.roles_of),
            belongings=Belongings.of(settings),
        )


def _client(settings: Settings) -> outside.Client | None:
    """What asks other servers, where any is to be asked: this very machine too, in development for PROVIDERS."""
    local = bool(settings.providers) and not settings.production
    asks = settings.breached_passwords == "api" or settings.providers
    return outside.client(local=local) if asks else None
