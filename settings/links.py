"""The links in emails: where they lead, and how long they are good."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.addresses import PageAddress, page_address
from settings.lifetimes import Lifetime
from settings.part import Part


def _token_address(value: str) -> str:
    if "{token}" not in value:
        raise ValueError("should have {token} where the token belongs")
    page_address(value)
    return value


TokenAddress = Annotated[str, AfterValidator(_token_address)]


class LinkSettings(Part):
    """Links, and the frontend's pages that they may lead to."""

    confirmation_lifetime: Lifetime = Field(
        timedelta(hours=24), le=timedelta(hours=24), description="how long the link in an email is good"
    )
    reset_lifetime: Lifetime = Field(
        timedelta(hours=1), le=timedelta(hours=1), description="how long the link to a new password is good"
    )
    undo_lifetime: Lifetime = Field(
        timedelta(days=7), description="how long the old address can undo a change of address"
    )
    confirm_email_url: TokenAddress | None = Field(
        None, description="a frontend's page that emails link to, {token} marking the place (default: /confirm-email)"
    )
    reset_password_url: TokenAddress | None = Field(
        None, description="likewise, for emails that lead to a new password (default: /reset-password)"
    )
    confirm_on_get: bool = Field(False, description="true: opening the link confirms, without a click")
    login_url: PageAddress | None = Field(
        None, description="where pages and emails send people to log in (default: /login with PAGES)"
    )
