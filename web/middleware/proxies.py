"""Proxies in front: who of them is believed about where a request comes from."""

import ipaddress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send


class TrustedProxies:
    """Takes a request's origin from X-Forwarded-For, as far as our own proxies have written it (ASVS 4.1.3).

    With `count` proxies in front, the last `count` entries are theirs, and the first of these is the client.
    """

    def __init__(self, app: ASGIApp, count: int) -> None:
        self._app = app
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and self._count:
            forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
            if len(forwarded) >= self._count and (address := _address(forwarded[-self._count])):
                scope["client"] = (address, 0)
        await self._app(scope, receive, send)


def _address(text: str) -> str | None:
    """An IP address; nothing else is believed."""
    try:
        return str(ipaddress.ip_address(text.strip().partition("%")[0]))  # a scope is of that machine alone
    except ValueError:
        return None
