"""Access tokens: for whom they are, and how long they are good."""

from datetime import timedelta

from pydantic import Field

from settings.lifetimes import Lifetime
from settings.part import rule
from settings.server import ServerSettings


class TokenSettings(ServerSettings):
    """What an access token says."""

    token_audience: str = Field("", description="the `aud` of access tokens (default: PUBLIC_URL)")
    access_token_lifetime: Lifetime = Field(timedelta(minutes=15), description="how long an access token is good")

    @rule
    def _token_audience(self) -> str:
        return self.token_audience or self.public_url
