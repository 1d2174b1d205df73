"""Registering, and the letter that did not come."""

from typing import Any

from starlette.responses import Response

from resolvers import registration
from web.account.answers import onward
from web.account.page import AccountPage, Whose
from web.account.visit import Visit

SENT = "/register/sent"


async def _asked(visit: Visit) -> dict[str, Any]:
    return {"min_length": visit.settings.password_min_length, "providers": visit.settings.providers}


async def _register(visit: Visit) -> Response:
    email = await registration.register(
        visit.caller,
        visit.services,
        email=visit.typed("email"),
        password=visit.typed("password"),
        name=visit.typed("name"),
        locale=visit.caller.locale,
    )
    return onward(visit, SENT, "registered", email)


async def _resend(visit: Visit) -> Response:
    email = await registration.resend(visit.caller, visit.services, visit.typed("email"))
    return onward(visit, SENT, "registered", email)


PAGES = (
    AccountPage(path="/register", template="register", acts={"": _register}, known=_asked, whose=Whose.STRANGER),
    AccountPage(path=SENT, template="register_sent", whose=Whose.ANYBODY),
    AccountPage(path="/register/again", template="register_again", acts={"": _resend}, whose=Whose.ANYBODY),
)
