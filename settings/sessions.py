"""How long people stay logged in."""

from datetime import timedelta

from pydantic import Field

from settings.lifetimes import Lifetime
from settings.server import ServerSettings


class SessionSettings(ServerSettings):
    """Sessions, and the refresh tokens that continue them."""

    session_idle_lifetime: Lifetime = Field(timedelta(days=30), description="how long a refresh token is good")
    session_lifetime: Lifetime = Field(timedelta(days=180), description="how long a login lasts at the most")
    step_up_lifetime: Lifetime = Field(
        timedelta(minutes=10),
        le=timedelta(days=1),
        description="how long a login or a step up says who is there, for what matters",
    )
