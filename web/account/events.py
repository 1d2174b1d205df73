"""What has happened to one's account."""

from typing import Any
from uuid import UUID

from edge.callers import locale_of
from locales import texts
from mail.rendering import device
from resolvers import audit, pages
from web.account.page import AccountPage
from web.account.visit import Visit

COUNT = 30  # events of one page


async def _shown(visit: Visit) -> dict[str, Any]:
    try:
        before = UUID(visit.request.query_params.get("before", ""))
    except ValueError:
        before = pages.NEWEST
    found, t = await audit.own(visit.user.id, COUNT, before), texts(locale_of(visit.request))
    events = [
        {
            "at": row.at,
            "text": t.by_key.get(f"account.event.{row.event}", row.event),
            "device": device(row.user_agent or ""),
            "ip_address": row.ip_address,
        }
        for row in found.rows
    ]
    return {"events": events, "older": found.rows[-1].id if found.more else None}


PAGES = (AccountPage(path="/account/events", template="events", known=_shown),)
