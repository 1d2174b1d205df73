"""Other services that people log in with: what they are asked, and what of their answers is believed."""

from collections.abc import Mapping

from outside import Client
from providers.github import GitHub
from providers.openid import OpenIDProvider
from providers.provider import Attempt, NoPerson, NotBelieved, Person, Provider, challenge_of
from settings import ProviderSetting, ProviderSettings

__all__ = ["Attempt", "NoPerson", "NotBelieved", "OpenIDProvider", "Person", "Provider", "challenge_of", "of"]


def of(settings: ProviderSettings, client: Client | None) -> Mapping[str, Provider]:
    """The services of PROVIDERS by their names, in their order. Raises ValueError where a secret does not fit."""
    return {setting.id: _provider(setting, client) for setting in settings.providers} if client else {}


def _provider(setting: ProviderSetting, client: Client) -> Provider:
    return GitHub(setting, client) if setting.kind == "github" else OpenIDProvider(setting, client)
