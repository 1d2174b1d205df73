"""Passwords: forgotten, changed, and the first of an account that has none."""

from typing import Any

from starlette.responses import Response

from resolvers import passwords
from web.account.answers import onward
from web.account.page import AccountPage, Whose
from web.account.visit import Visit

SENT = "/forgot-password/sent"


async def _request_reset(visit: Visit) -> Response:
    email = await passwords.request_reset(visit.caller, visit.services, visit.typed("email"))
    return onward(visit, SENT, "reset_sent", email)


async def _shown(visit: Visit) -> dict[str, Any]:
    min_length = visit.settings.password_min_length
    return {"user": visit.user, "has_password": bool(visit.user.password_hash), "min_length": min_length}


async def _change(visit: Visit) -> Response:
    new_password = visit.typed("newPassword")
    if visit.user.password_hash:
        current = visit.typed("currentPassword")
        await passwords.change(visit.caller, visit.services, current_password=current, new_password=new_password)
    else:
        await passwords.set_first(visit.caller, visit.services, new_password)
    return onward(visit, "/account", "password_saved")


PAGES = (
    AccountPage(path="/forgot-password", template="forgot_password", acts={"": _request_reset}, whose=Whose.ANYBODY),
    AccountPage(path=SENT, template="forgot_password_sent", whose=Whose.ANYBODY),
    AccountPage(
        path="/account/password",
        template="password",
        acts={"": _change},
        known=_shown,
        blamed={"refusal.wrong_password": "currentPassword"},
    ),
)
