"""Other services that opened an account, were linked to one, or taken away."""

from collections.abc import Mapping
from dataclasses import dataclass

from mail.letters.letter import Letter
from mail.rendering import login
from settings import MailSettings


@dataclass(frozen=True, kw_only=True)
class AccountOpened(Letter):
    """A service of this name has vouched for an address that had no confirmed account, and so opened one."""

    provider: str

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Which one, and where to log in."""
        return {"provider": self.provider, **login(settings)}


@dataclass(frozen=True, kw_only=True)
class IdentityLinked(Letter):
    """A service of this name opens the account from now on."""

    provider: str

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Which one, and where to log in."""
        return {"provider": self.provider, **login(settings)}


@dataclass(frozen=True, kw_only=True)
class IdentityUnlinked(Letter):
    """It does not any more."""

    provider: str

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Which one, and where to log in."""
        return {"provider": self.provider, **login(settings)}
