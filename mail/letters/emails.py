"""The address of an account on its way to another one, and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mail.letters.letter import Deferred, Letter, Pace
from mail.rendering import duration, leading, link, login, masked, readable
from settings import MailSettings


@dataclass(frozen=True, kw_only=True)
class RequestEmailChange(Deferred, pace=Pace.WAITING):
    """To the address that somebody wants to move to; `token` is the link's."""

    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ChangeEmail(Letter):
    """To the new address: the link that makes it the account's, whose old one (canonical) can undo that."""

    old_email: str
    token: str = field(repr=False)

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """The old address, masked, how long it can undo the change, the link, and how long that is good."""
        address = link(settings, "confirm-email-change", self.token)
        undo = {"account": masked(self.old_email), "undo_lifetime": duration(self.locale, settings.undo_lifetime)}
        return {**undo, **leading(address, settings.confirmation_lifetime, self.locale)}


@dataclass(frozen=True, kw_only=True)
class EmailChangeNotice(Letter):
    """To the old address: which new one (canonical) was asked for, and the link that undoes it."""

    new_email: str
    token: str = field(repr=False)

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """The new address, the link, and how long it is good."""
        address = link(settings, "undo-email-change", self.token)
        return {"new_email": readable(self.new_email), **leading(address, settings.undo_lifetime, self.locale)}


@dataclass(frozen=True, kw_only=True)
class EmailChangeUndone(Letter):
    """To the address that the account had until then: it has its old one (canonical) again."""

    old_email: str

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:  # noqa: ARG002
        """The old address, masked."""
        return {"account": masked(self.old_email)}


@dataclass(frozen=True, kw_only=True)
class AddressTaken(Letter):
    """Somebody wanted the address of a confirmed account for another account, and did not get it."""

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Where to log in."""
        return login(settings)
