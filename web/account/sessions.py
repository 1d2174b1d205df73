"""Logging out, here and elsewhere."""

from typing import Any

from starlette.responses import Response

from edge import cookies
from mail.rendering import device
from resolvers import sessions
from web.account.answers import home, onward
from web.account.page import AccountPage, Whose
from web.account.visit import Visit


async def _log_out(visit: Visit) -> Response:
    """Also for who is logged out by now: twice is no mistake."""
    if visit.caller.session:
        await sessions.log_out(visit.caller)
    response = home(visit) if visit.return_to else onward(visit, "/login", "logged_out")
    cookies.clear(visit.request, response)
    return response


async def _shown(visit: Visit) -> dict[str, Any]:
    """The open ones, this one first."""
    own = visit.caller.signed_in.id
    rows = await sessions.open_ones(visit.services, visit.user.id)
    known = [
        {
            "id": row.id,
            "here": row.id == own,
            "device": device(row.user_agent or ""),
            "ip_address": row.ip_address,
            "created_at": row.created_at,
            "used_at": sessions.hour_of(row.last_used_at),
        }
        for row in rows
    ]
    return {"sessions": sorted(known, key=lambda one: not one["here"])}


async def _close(visit: Visit) -> Response:
    await sessions.close(visit.caller, visit.typed("id"))
    return onward(visit, "/account/sessions", "session_closed")


async def _close_others(visit: Visit) -> Response:
    await sessions.close_others(visit.caller)
    return onward(visit, "/account/sessions", "sessions_closed")


PAGES = (
    AccountPage(path="/logout", template="logout", acts={"": _log_out}, whose=Whose.ANYBODY),
    AccountPage(
        path="/account/sessions",
        template="sessions",
        acts={"close": _close, "close_others": _close_others},
        known=_shown,
    ),
)
