"""The pages on which people register, log in and look after their account."""

from pydantic import Field

from settings.mail import MailSettings
from settings.part import rule
from settings.providers import ProviderSettings


class PageSettings(ProviderSettings, MailSettings):
    """Pages of our own, and what they look like."""

    pages: bool = Field(True, description="pages to register, log in and look after one's account: docs/pages.md")

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
