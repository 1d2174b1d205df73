"""The address of one's account."""

from typing import Any

from starlette.responses import Response

from resolvers import emails
from web.account.answers import onward
from web.account.page import AccountPage
from web.account.visit import Visit


async def _shown(visit: Visit) -> dict[str, Any]:
    return {"user": visit.user, "has_password": bool(visit.user.password_hash)}


async def _change(visit: Visit) -> Response:
    password = visit.typed("password") if visit.user.password_hash else None
    new_email = visit.typed("newEmail")
    email = await emails.request_change(visit.caller, visit.services, new_email=new_email, password=password)
    return onward(visit, "/account", "email_change_sent", email)


PAGES = (
    AccountPage(
        path="/account/email",
        template="email",
        acts={"": _change},
        known=_shown,
        blamed={"refusal.wrong_password": "password"},
    ),
)
