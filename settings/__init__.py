"""Every knob, typed and checked once at start. Whoever works by some of them takes that part."""

from settings.addresses import LOOPBACK
from settings.codes import CodeSettings
from settings.connections import ConnectionSettings
from settings.explaining import as_given, explained, misspelt
from settings.factors import FactorSettings
from settings.graphql import GraphQLSettings
from settings.housekeeping import HousekeepingSettings
from settings.keys import KeySettings
from settings.links import LinkSettings
from settings.loading import load
from settings.logs import LogSettings
from settings.mail import MailSettings
from settings.metrics import MetricsSettings
from settings.origins import LOOPBACK_ORIGIN, OriginSettings
from settings.pages import PageSettings
from settings.passkeys import PasskeySettings
from settings.passwords import PasswordSettings
from settings.processes import ProcessSettings
from settings.provider import Kind, ProviderSetting
from settings.providers import ProviderSettings
from settings.server import ROOT, ServerSettings
from settings.sessions import SessionSettings
from settings.settings import Settings
from settings.signing import SigningSettings
from settings.throttling import ThrottleSettings
from settings.tokens import TokenSettings
from settings.tracing import TracingSettings

__all__ = [
    "LOOPBACK",
    "LOOPBACK_ORIGIN",
    "ROOT",
    "CodeSettings",
    "ConnectionSettings",
    "FactorSettings",
    "GraphQLSettings",
    "HousekeepingSettings",
    "KeySettings",
    "Kind",
    "LinkSettings",
    "LogSettings",
    "MailSettings",
    "MetricsSettings",
    "OriginSettings",
    "PageSettings",
    "PasskeySettings",
    "PasswordSettings",
    "ProcessSettings",
    "ProviderSetting",
    "ProviderSettings",
    "ServerSettings",
    "SessionSettings",
    "Settings",
    "SigningSettings",
    "ThrottleSettings",
    "TokenSettings",
    "TracingSettings",
    "as_given",
    "explained",
    "load",
    "misspelt",
]
