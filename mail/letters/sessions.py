"""Sessions that were closed by us."""

from collections.abc import Mapping
from dataclasses import dataclass

from mail.letters.letter import Letter
from mail.rendering import device, login
from settings import MailSettings


@dataclass(frozen=True, kw_only=True)
class SessionClosed(Letter):
    """A used refresh token came back, so its session was closed: `user_agent` says whose that was."""

    user_agent: str | None

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """The device, as people call it, and where to log in."""
        return {"device": device(self.user_agent or ""), **login(settings)}
