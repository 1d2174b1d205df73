"""Passwords: forgotten, changed, and the first of an account that has none."""

from starlette.responses import Response

from resolvers import passwords
from web.account.answers import onward
from web.account.page import AccountPage, Whose
from web.account.visit import Visit

SENT = "/forgot-password/sent"


async def _request_reset(visit: Visit) -> Response:
    email = await passwords.request_reset(visit.caller, visit.services, visit.typed("email"))
    return onward(visit, SENT, "reset_sent", email)


PAGES = (
    AccountPage(path="/forgot-password", template="forgot_password", acts={"": _request_reset}, whose=Whose.ANYBODY),
    AccountPage(path=SENT, template="forgot_password_sent", whose=Whose.ANYBODY),
)
