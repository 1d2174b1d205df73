"""Proxies in front: who of them is believed about where a request comes from."""

import ipaddress

from starlette.datastructures import Headers
from starlette.types import Scope


def client_of(scope: Scope, count: int) -> tuple[str, int] | None:
    """Where a request comes from, as far as our own proxies have written it to X-Forwarded-For (ASVS 4.1.3).

    With `count` proxies in front, the last `count` entries are theirs, and the first of these is the client.
    """
    client: tuple[str, int] | None = scope.get("client")
    if not count:
        return client
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    address = _address(forwarded[-count]) if len(forwarded) >= count else None
    return (address, 0) if address else client


def _address(text: str) -> str | None:
    """An IP address; nothing else is believed."""
    try:
        return str(ipaddress.ip_address(text.strip().partition("%")[0]))  # a scope is of that machine alone
    except ValueError:
        return None
