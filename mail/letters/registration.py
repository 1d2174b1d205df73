"""From a registration to a confirmed address."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mail.letters.letter import Deferred, Letter, Pace
from mail.rendering import leading, link, login
from settings import MailSettings


@dataclass(frozen=True, kw_only=True)
class ConfirmEmail(Letter, pace=Pace.WAITING):
    """The link that confirms an address, for who has registered or come by a `service`, as people call that."""

    token: str = field(repr=False)
    service: str | None = None

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """The service, the link, and how long it is good."""
        address = link(settings, "confirm-email", self.token, settings.confirm_email_url)
        return {"service": self.service, **leading(address, settings.confirmation_lifetime, self.locale)}


@dataclass(frozen=True, kw_only=True)
class ResendConfirmation(Deferred, pace=Pace.DROPPED, optional=True):
    """To somebody who asked for a new link."""


@dataclass(frozen=True, kw_only=True)
class AlreadyRegistered(Letter, pace=Pace.DROPPED):
    """Somebody tried to register an address that has a confirmed account: how to log in."""

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Where to log in."""
        return login(settings)


@dataclass(frozen=True, kw_only=True)
class RegisterAgain(Letter):
    """A new link was asked for, but which of several waiting registrations is the reader's cannot be told."""


@dataclass(frozen=True, kw_only=True)
class RegisteredTwice(Letter):
    """The address is confirmed, and other registrations of it had waited: the link to a new password."""

    token: str = field(repr=False)

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """The link, and how long it is good."""
        address = link(settings, "reset-password", self.token, settings.reset_password_url)
        return leading(address, settings.reset_lifetime, self.locale)
