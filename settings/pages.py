"""The pages on which people register, log in and look after their account."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.mail import MailSettings
from settings.part import rule
from settings.providers import ProviderSettings

LOGOS = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
MOST_BYTES = 100_000  # of a logo, which every page shows


def _colour(value: str) -> str:
    if value and not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError("should be a colour such as #1d5c4f")
    return value.lower()


def _logo(value: Path) -> Path:
    if value.suffix not in LOGOS or not value.is_file() or value.stat().st_size > MOST_BYTES:
        raise ValueError(f"should be a file that exists, {', '.join(LOGOS)}, of at most {MOST_BYTES // 1000} kB")
    return value


class PageSettings(ProviderSettings, MailSettings):
    """Pages of our own, and what they look like."""

    pages: bool = Field(True, description="pages to register, log in and look after one's account: docs/pages.md")

    page_colour: Annotated[str, AfterValidator(_colour)] = Field(
        "", description="the colour of buttons and links on pages, such as #1d5c4f; made legible where it is not"
    )
    page_logo: Annotated[Path, AfterValidator(_logo)] | None = Field(
        None, description="a picture (.svg, .png, .webp) that pages show in place of the gate beside APP_NAME"
    )

    @property
    def own_login_url(self) -> str:
        """Where the page is that logs people in."""
        return f"{self.public_url}/login"

    @property
    def own_return_urls(self) -> tuple[str, ...]:
        """The pages that browsers come back to from other services, beside those of RETURN_URLS."""
        return (f"{self.own_login_url}/back", f"{self.public_url}/account/services/back") if self.pages else ()

    @rule
    def _login_url(self) -> str | None:
        return self.login_url or (self.own_login_url if self.pages else None)

    @rule
    def _return_urls(self) -> tuple[str, ...]:
        if self.providers and not self.pages and not self.return_urls:
            raise ValueError("is needed with PROVIDERS: the page that a browser comes back to")
        return self.return_urls
