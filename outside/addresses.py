"""Which addresses of other servers are public."""

import ipaddress
import socket

import anyio

Endpoint = tuple[str, int]  # an address and a port

# `ipaddress` calls more global than IANA's registries of special addresses do, and than 6to4 is (RFC 7526). Of IPv6,
# nothing but 2000::/3 has been given out for anybody to be reached at (RFC 4291 §2.4, IANA's IPv6 address space).
GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")
NOT_PUBLIC = [ipaddress.ip_network(network) for network in ("192.88.99.0/24", "2002::/16", "3fff::/20")]


def is_public(address: str) -> bool:
    """Whether anybody in the world reaches the same machine there: not ours, and none of a network of ours."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip
    if isinstance(ip, ipaddress.IPv6Address) and ip not in GLOBAL_IPV6:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in NOT_PUBLIC)


def is_public_or_ours(address: str) -> bool:
    """The same, and this machine by its loopback."""
    return ipaddress.ip_address(address).is_loopback or is_public(address)


async def endpoints_of(host: str, port: int) -> list[Endpoint]:
    """Where a name leads, the one to try first at the head. Raises OSError or UnicodeError where it leads nowhere."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(address[0]), port) for *_, address in found))
