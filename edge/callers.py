"""Who asks, as a request tells it."""

from starlette.requests import Request

import locales
from edge.headers import header
from errors import Unauthenticated
from resolvers import authentication
from resolvers.caller import Caller
from resolvers.services import Services


def services_of(request: Request) -> Services:
    """What this server works with."""
    services: Services = request.app.state.services
    return services


def locale_of(request: Request) -> str:
    """The language that the request asks for, of those there are."""
    return locales.negotiate(header(request, b"accept-language"))


def caller_of(request: Request) -> Caller:
    """Who asks, not signed in."""
    client = request.scope.get("client")
    return Caller(client[0] if client else None, header(request, b"user-agent") or None, locale_of(request))


async def signed_in(request: Request, caller: Caller, services: Services) -> Caller:
    """The caller, signed in by the request's access token (`Authorization: Bearer …`). Raises Unauthenticated."""
    scheme, _, token = header(request, b"authorization").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    session = await authentication.authenticate(services, token.strip(" "))
    return caller._replace(session=session)
