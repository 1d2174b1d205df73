"""How long what is over is kept."""

from datetime import timedelta

from pydantic import Field

from settings.lifetimes import Lifetime
from settings.sessions import SessionSettings


class HousekeepingSettings(SessionSettings):
    """What is removed, and when."""

    housekeeping_interval: Lifetime = Field(timedelta(hours=1), description="how often what is over is removed")
    link_retention: Lifetime = Field(timedelta(days=7), description="how long an expired link is still known as one")
    letter_retention: Lifetime = Field(timedelta(days=30), description="how long it is known which emails went out")
    audit_retention: Lifetime = Field(timedelta(days=365), description="how long it is known what happened to accounts")
