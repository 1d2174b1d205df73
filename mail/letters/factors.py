"""Second factors that were set up, taken away, used or guessed at."""

from collections.abc import Mapping
from dataclasses import dataclass

from mail.letters.letter import Letter
from mail.rendering import login
from settings import MailSettings


@dataclass(frozen=True, kw_only=True)
class TotpConfirmed(Letter):
    """Logins ask for an authenticator app's code from now on."""

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Where to log in."""
        return login(settings)


@dataclass(frozen=True, kw_only=True)
class TotpRemoved(Letter):
    """Logins ask for no authenticator app's code any more."""

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Where to log in."""
        return login(settings)


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesCreated(Letter):
    """There are new recovery codes, and the ones before are worth nothing."""

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Where to log in."""
        return login(settings)


@dataclass(frozen=True, kw_only=True)
class RecoveryCodeUsed(Letter):
    """A recovery code was used, and so many are left."""

    left: int

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """How many are left, and where to log in."""
        return {"left": str(self.left), **login(settings)}


@dataclass(frozen=True, kw_only=True)
class FactorsRemoved(Letter):
    """An operator has taken away all second factors and passkeys."""

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Where to log in."""
        return login(settings)


@dataclass(frozen=True, kw_only=True)
class SecondFactorGuessed(Letter):
    """Whoever guesses at the second factor has had the first; the app's codes may have been `stopped` by it."""

    stopped: bool = False

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """What has become of the app, and where to log in."""
        return {"app_codes": "stopped" if self.stopped else "going_on", **login(settings)}


@dataclass(frozen=True, kw_only=True)
class PasskeyAdded(Letter):
    """A passkey can log in from now on."""

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Where to log in."""
        return login(settings)


@dataclass(frozen=True, kw_only=True)
class PasskeyRemoved(Letter):
    """A passkey opens nothing any more."""

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Where to log in."""
        return login(settings)
