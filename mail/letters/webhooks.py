"""Webhooks that do not work."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from mail.letters.letter import Letter
from mail.rendering import login
from settings import MailSettings


@dataclass(frozen=True, kw_only=True)
class WebhookDisabled(Letter):
    """A webhook was switched off: nothing got through for days, or its server has said that it is `gone`."""

    url: str
    gone: bool = False

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """Which one, by its server alone: the rest of an address may be a secret. Where to log in."""
        return {"host": urlsplit(self.url).netloc, "reason": "gone" if self.gone else "failing", **login(settings)}
