"""How long a signing key of the database signs, and how long everybody knows it before."""

from datetime import timedelta

from pydantic import Field

from settings.keys import KeySettings
from settings.lifetimes import Lifetime
from settings.part import rule
from settings.tokens import TokenSettings

JWKS_SECONDS = 300  # for which others may keep the public keys


class SigningSettings(TokenSettings, KeySettings):
    """When signing keys change. Those of a file change by hand."""

    signing_key_lifetime: Lifetime = Field(
        timedelta(days=90), description="how long a signing key of the database signs until the next one does"
    )
    signing_key_announcement: Lifetime = Field(
        timedelta(hours=1), description="how long a new one is published before it signs"
    )

    @property
    def jwks_seconds(self) -> int:
        """How long others may keep the public keys: no longer than half of the time until a new one signs."""
        if not self.keys_in_database:
            return JWKS_SECONDS
        return min(JWKS_SECONDS, int(self.signing_key_announcement.total_seconds() / 2))

    @rule
    def _signing_key_lifetime(self) -> timedelta:
        if self.keys_in_database and self.signing_key_lifetime <= self.signing_key_announcement:
            raise ValueError("should be longer than SIGNING_KEY_ANNOUNCEMENT")
        return self.signing_key_lifetime
