"""Passwords that are forgotten, chosen anew and changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mail.letters.letter import Deferred, Letter, Pace
from mail.rendering import leading, link, login
from settings import MailSettings


@dataclass(frozen=True, kw_only=True)
class RequestPasswordReset(Deferred, pace=Pace.DROPPED, optional=True):
    """To somebody who says that they forgot theirs."""


@dataclass(frozen=True, kw_only=True)
class ChoosePassword(Deferred):
    """To somebody who has undone a change of address, which took the old one away; `services` open it still."""

    services: str = ""


@dataclass(frozen=True, kw_only=True)
class ResetPassword(Letter):
    """The link to a new password for somebody who forgot theirs."""

    token: str = field(repr=False)

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """The link, and how long it is good."""
        address = link(settings, "reset-password", self.token, settings.reset_password_url)
        return leading(address, settings.reset_lifetime, self.locale)


@dataclass(frozen=True, kw_only=True)
class NewPasswordNeeded(Letter):
    """The link to a new password for somebody whose change of address was undone; `services` open the account still."""

    token: str = field(repr=False)
    services: str = ""

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """The services, the link, and how long it is good."""
        address = link(settings, "reset-password", self.token, settings.reset_password_url)
        return {"services": self.services, **leading(address, settings.reset_lifetime, self.locale)}


@dataclass(frozen=True, kw_only=True)
class PasswordSet(Letter):
    """The account has a password, and had none: what to do for somebody who did not choose it."""

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Where to log in."""
        return login(settings)


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Letter):
    """The password is another one now: what to do for somebody who did not change it; `services` open it still."""

    services: str = ""

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """The services, and where to log in."""
        return {"services": self.services, **login(settings)}
