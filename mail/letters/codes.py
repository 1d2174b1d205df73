"""Codes that somebody asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mail.letters.letter import Deferred, Letter, Pace
from mail.rendering import device, link
from settings import MailSettings

HALF = 4  # digits


@dataclass(frozen=True, kw_only=True)
class RequestLoginCode(Deferred, pace=Pace.WAITING, optional=True):
    """To somebody who wants to log in: the code that is good with the ticket of this program."""

    ticket_id: str
    code: str = field(repr=False)
    user_agent: str | None


@dataclass(frozen=True, kw_only=True)
class RequestLoginCodeHere(RequestLoginCode, optional=True):
    """The same from a device that the account knows: no stranger can ask for it."""


@dataclass(frozen=True, kw_only=True)
class LoginCode(Letter):
    """The code, and a link that fills it in."""

    code: str = field(repr=False)
    user_agent: str | None

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:
        """The code as it is read, the program that asked for it, and the link."""
        address = link(settings, "login-code", self.code, settings.login_code_url, parameter="code")
        return {**_told(self.code, self.user_agent), "link": address}


@dataclass(frozen=True, kw_only=True)
class StepUpCode(Letter):
    """The code by which somebody who is logged in proves who they are."""

    code: str = field(repr=False)
    user_agent: str | None

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:  # noqa: ARG002
        """The code as it is read, and the program that asked for it."""
        return _told(self.code, self.user_agent)


def _told(code: str, user_agent: str | None) -> dict[str, str | None]:
    return {"code": f"{code[:HALF]} {code[HALF:]}", "device": device(user_agent or "")}
