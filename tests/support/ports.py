"""Ports for programs that have to be told one."""

import secrets
import socket
from contextlib import ExitStack

# Out of reach of those who ask for any port, as each client and each post office of this suite does.
OURS = range(10240, 32768)


def free_port() -> int:
    """A port that nobody has, nor is given by chance before the program takes it."""
    (port,) = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """Likewise, all different."""
    ports: list[int] = []
    with ExitStack() as stack:
        while len(ports) < count:
            probe = stack.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", port := secrets.choice(OURS)))
            except OSError:
                continue
            ports.append(port)
    return ports
