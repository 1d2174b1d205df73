"""Whose pages may call the API."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from settings.addresses import WebAddress
from settings.server import ServerSettings

# An origin of this very machine (RFC 6761 §6.3: all below localhost, too; RFC 1122 §3.2.1.3: all of 127.0.0.0/8).
LOOPBACK_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<name>(?:[a-z0-9-]+\.)*localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?P<port>:[0-9]{1,5})?"
)


def separated(value: object) -> object:
    """The parts of a list with commas in between."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _without_path(value: str) -> str:
    if urlsplit(value).path:
        raise ValueError("should be an origin such as https://app.example.com, without a path")
    return value


Origin = Annotated[WebAddress, AfterValidator(_without_path)]


class OriginSettings(ServerSettings):
    """The origins of pages."""

    cors_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(separated)] = Field(
        (),
        description="origins whose pages may call the API, separated by commas (in development: and this machine's)",
    )

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of that origin may call the API: our own, those listed, and in development this machine's."""
        own = urlsplit(self.public_url)
        listed = origin in (f"{own.scheme}://{own.netloc}", *self.cors_origins)
        return listed or (not self.production and bool(LOOPBACK_ORIGIN.fullmatch(origin)))
