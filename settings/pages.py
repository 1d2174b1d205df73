"""The pages on which people register, log in and look after their account."""

from pydantic import Field

from settings.mail import MailSettings
from settings.part import rule


class PageSettings(MailSettings):
    """Pages of our own, and what they look like."""

    pages: bool = Field(True, description="pages to register, log in and look after one's account: docs/pages.md")

    @property
    def own_login_url(self) -> str:
        """Where the page is that logs people in."""
        return f"{self.public_url}/login"

    @rule
    def _login_url(self) -> str | None:
        return self.login_url or (self.own_login_url if self.pages else None)
