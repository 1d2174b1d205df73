"""The port to listen on, tried before anything else is done."""

import errno
import socket
from typing import Any

# `localhost` is ::1 too, on machines without IPv6 as well: it serves on the other one.
ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def open_port(host: str, port: int, name: str = "PORT") -> int:
    """That port, or one that is free for 0. Ends, naming the setting to mend, where nobody can listen on it.

    `name` is the port's setting; that of the host is called alike.
    """
    host_name = name.replace("PORT", "HOST")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise SystemExit(f"Postern cannot start: {host_name}={host} names no address ({error}).") from None
    for family, _, _, _, address in found:
        try:
            port = _bound(family, (address[0], port, *address[2:]))
        except OSError as error:
            if error.errno not in ABSENT or len(found) == 1:
                raise SystemExit(f"Postern cannot start: {_trouble(error, host, port, name)}") from None
    return port


def _bound(family: int, address: tuple[Any, ...]) -> int:
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as uvicorn does: who has just stopped is gone
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        probe.bind(address)
        return int(probe.getsockname()[1])


def _trouble(error: OSError, host: str, port: int, name: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken. Set {name}{' (0: any that is free)' if name == 'PORT' else ''}."
    host_name = name.replace("PORT", "HOST")
    if error.errno in ABSENT:
        return f"{host_name}={host} is no address of this machine."
    return f"port {port} of {host} cannot be opened ({error.strerror}). Set {name} or {host_name}."
