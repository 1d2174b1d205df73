"""Other services that people may log in with, and where they come back to."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from settings.addresses import LOOPBACK, page_address
from settings.origins import separated
from settings.part import rule
from settings.provider import ProviderSetting, provider_of
from settings.server import ServerSettings

PAGE = "https://app.example.com/welcome"
LONGEST = 2000  # characters of a page's address
# An app's own scheme is a domain of its maker's, backwards (RFC 8252 §7.1): with its dot it is none of the others.
APP = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:/[\w./?&=~%-]*", re.ASCII)


def _read(value: object) -> object:
    if not isinstance(value, str | Path):
        return value
    try:
        tables: dict[str, Any] = tomllib.loads(Path(value).read_text())
    except OSError as error:
        raise ValueError(f"should be a TOML file that can be read ({error.strerror})") from None
    except ValueError as error:  # of TOML, and of UTF-8
        raise ValueError(f"is no TOML: {error}") from None
    if not tables:
        raise ValueError("has no service, such as [google]")
    found, wrong = [], []
    for name, table in tables.items():
        try:
            found.append(provider_of(name, table))
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise ValueError("; ".join(wrong))
    return tuple(found)


def _return_address(value: str) -> str:
    """As it stands: what a frontend asks for is compared with it as a whole. Raises ValueError."""
    if not APP.fullmatch(value):
        _check_page(value)
    if len(value) > LONGEST:
        raise ValueError(f"should have at most {LONGEST} characters")
    return value


def _check_page(value: str) -> None:
    try:
        page_address(value)
    except ValueError:
        raise ValueError(f"should be a full address such as {PAGE}, or an app's: com.example.app:/welcome") from None
    parts = urlsplit(value)
    if parts.fragment or parts.username or "#" in value:
        raise ValueError(f"should be an address such as {PAGE}, without #")
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("should begin with https://, or be an app's: what opens an account travels in it")


class ProviderSettings(ServerSettings):
    """Services, and the frontend's pages that browsers come back to."""

    providers: Annotated[tuple[ProviderSetting, ...], NoDecode, BeforeValidator(_read)] = Field(
        (), description="a TOML file of the services that people may log in with: docs/identities.md"
    )
    return_urls: Annotated[
        tuple[Annotated[str, AfterValidator(_return_address)], ...], NoDecode, BeforeValidator(separated)
    ] = Field(
        (),
        description="pages and apps of yours that browsers may come back to from them and /login, separated by commas",
    )

    def provider_name(self, provider_id: str) -> str:
        """What people call a service, or what it was called in addresses while it was there."""
        return next((provider.name for provider in self.providers if provider.id == provider_id), provider_id)

    def links_by_address(self, provider_id: str) -> bool:
        """Whether a service opens the account of each address that it vouches for."""
        return any(provider.links_by_address for provider in self.providers if provider.id == provider_id)

    @rule
    def _providers(self) -> tuple[ProviderSetting, ...]:
        if self.production and (plain := [f"[{one.id}]" for one in self.providers if one.is_plain]):
            raise ValueError(f"{', '.join(plain)} issuer should begin with https:// in production")
        return self.providers
