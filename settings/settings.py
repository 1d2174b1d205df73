"""All settings: the parts together, one flat list of names."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from settings.connections import ConnectionSettings
from settings.database import DatabaseSettings
from settings.factors import FactorSettings
from settings.graphql import GraphQLSettings
from settings.housekeeping import HousekeepingSettings
from settings.keys import KeySettings
from settings.logs import LogSettings
from settings.metrics import MetricsSettings
from settings.origins import OriginSettings
from settings.pages import PageSettings
from settings.passkeys import PasskeySettings
from settings.passwords import PasswordSettings
from settings.signing import SigningSettings
from settings.throttling import ThrottleSettings
from settings.tokens import TokenSettings
from settings.tracing import TracingSettings


class Settings(  # whose last part is listed first
    TracingSettings,
    MetricsSettings,
    LogSettings,
    GraphQLSettings,
    ConnectionSettings,
    ThrottleSettings,
    OriginSettings,
    PageSettings,
    PasswordSettings,
    HousekeepingSettings,
    PasskeySettings,
    FactorSettings,
    SigningSettings,
    TokenSettings,
    KeySettings,
    DatabaseSettings,
    BaseSettings,
):
    """What the server is told by its environment or by a `.env` file; names are upper case there."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")
