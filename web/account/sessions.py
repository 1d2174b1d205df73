"""Logging out, here and elsewhere."""

from starlette.responses import Response

from edge import cookies
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


PAGES = (AccountPage(path="/logout", template="logout", acts={"": _log_out}, whose=Whose.ANYBODY),)
