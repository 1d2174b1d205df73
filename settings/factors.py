"""Second factors."""

from datetime import timedelta

from pydantic import Field

from settings.lifetimes import Lifetime
from settings.part import rule
from settings.server import ServerSettings


class FactorSettings(ServerSettings):
    """Authenticator apps, and the devices that do without."""

    totp_issuer: str = Field(
        "", max_length=60, description="what authenticator apps call this server (default: APP_NAME)"
    )
    device_lifetime: Lifetime = Field(
        timedelta(days=30), description="how long a remembered device spares the second factor"
    )

    @rule
    def _totp_issuer(self) -> str:
        """Without a colon, before which apps take the issuer to end (Google Authenticator, Key Uri Format)."""
        if ":" in self.totp_issuer:
            raise ValueError("should have no colon: apps would take what is before it for the whole name")
        return self.totp_issuer or " ".join(self.app_name.replace(":", " ").split())
