"""Who opens a page of ours: by the cookie that cookie mode keeps, which a frontend's refreshes go on with."""

import contextlib

from starlette.requests import Request

from edge import cookies
from edge.callers import caller_of, services_of
from errors import ExpiredToken, InvalidToken
from resolvers import rotations
from resolvers.caller import Caller


async def visitor_of(request: Request) -> Caller:
    """The caller, signed in where the request's cookie is that of an open session. Trades nothing, writes nothing."""
    caller = caller_of(request)
    if token := cookies.session_in(request):
        with contextlib.suppress(InvalidToken, ExpiredToken):
            return caller._replace(session=await rotations.look(caller, services_of(request), token))
    return caller


def comes_from_us(request: Request) -> bool:
    """Whether a form was sent by a page of ours, or of an origin that cookie mode trusts as it does ours.

    Browsers say so (Fetch Metadata; older ones by `Origin`). Whoever says nothing is refused: no cookie proves that
    its owner has sent the form, and a login needs none (OWASP, Cross-Site Request Forgery Prevention).
    """
    origin, site = request.headers.get("origin", "null"), request.headers.get("sec-fetch-site")
    known = services_of(request).settings.allows_origin(origin)
    if site is None:
        return known
    return site in ("same-origin", "none") and (known or origin == "null")
