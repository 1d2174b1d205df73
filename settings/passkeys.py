"""Passkeys: which domain they are bound to, and whose pages may ask for them."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from settings.addresses import LOOPBACK
from settings.origins import origin, separated
from settings.part import rule
from settings.server import ServerSettings

DOMAIN = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*")
APP = re.compile(r"android:apk-key-hash:[A-Za-z0-9_-]{43}")  # what Android calls an app that asks


def _domain(value: str) -> str:
    if value and not DOMAIN.fullmatch(value.lower()):
        raise ValueError("should be a domain such as example.com, without https:// or a port")
    return value.lower()


def _origin(value: str) -> str:
    if value.startswith("android:") and not APP.fullmatch(value):
        raise ValueError("should be android:apk-key-hash: and 43 characters, its certificate's SHA-256 in base64url")
    return value if APP.fullmatch(value) else origin(value)


class PasskeySettings(ServerSettings):
    """What authenticators and browsers know this server by (WebAuthn L3 §5.1.2, §5.11)."""

    passkey_origins: Annotated[
        tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(separated)
    ] = Field((), description="origins whose pages may ask for passkeys, separated by commas (default: PUBLIC_URL's)")
    passkey_rp_id: Annotated[str, AfterValidator(_domain)] = Field(
        "",
        max_length=253,
        description="the domain that passkeys belong to: once it is changed, none works (default: PUBLIC_URL's host)",
    )

    @property
    def related_origins(self) -> list[str]:
        """The pages' origins that browsers take for ours only because we say so (WebAuthn L3 §5.11)."""
        pages = [one for one in self.passkey_origins if not APP.fullmatch(one)]
        return pages if any(not _belongs(one, self.passkey_rp_id) for one in pages) else []

    @rule
    def _passkey_origins(self) -> tuple[str, ...]:
        own = urlsplit(self.public_url)
        # An address is no domain: browsers ask for passkeys on this very machine as `localhost` only.
        host = own.netloc
        if own.hostname in LOOPBACK:
            host = "localhost" if own.port is None else f"localhost:{own.port}"
        return self.passkey_origins or (f"{own.scheme}://{host}",)

    @rule
    def _passkey_rp_id(self) -> str:
        own = urlsplit(self.public_url).hostname or ""
        rp_id = self.passkey_rp_id or ("localhost" if own in LOOPBACK else own)
        if not any(_belongs(one, rp_id) for one in self.passkey_origins):
            raise ValueError("should be the host of one of PASSKEY_ORIGINS, or a domain above it")
        return rp_id


def _belongs(page: str, rp_id: str) -> bool:
    return f".{urlsplit(page).hostname}".endswith(f".{rp_id}")
