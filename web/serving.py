"""uvicorn, which says in our log that it serves as soon as it does."""

import contextlib
import errno
import socket
from functools import partial
from typing import Any

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from settings import ProcessSettings

# uvicorn calls back when it listens, and then at intervals, which it counts from 1970: so the next one is in 31 years.
ONCE = 10**9
# `localhost` is ::1 too, on machines without IPv6 as well: it serves on the other one.
ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)

log = structlog.get_logger()


def run(app: Any, settings: ProcessSettings, **options: Any) -> None:
    """As `uvicorn.run`: serves until told to stop, with as many processes as `workers` says."""
    told = partial(_serving, settings.public_url, settings.host, settings.port)
    usual: dict[str, Any] = {"host": settings.host, "port": settings.port, "workers": settings.web_concurrency}
    config = uvicorn.Config(app, callback_notify=told, timeout_notify=ONCE, **usual, **options)
    if config.workers > 1:
        Multiprocess(config, sockets=[config.bind_socket()]).run()
        return
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(STARTUP_FAILURE)


def open_port(host: str, port: int) -> int:
    """That port, or one that is free for 0. Ends, naming the setting to mend, where nobody can listen on it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise SystemExit(f"Postern cannot start: HOST={host} names no address ({error}).") from None
    for family, _, _, _, address in found:
        try:
            port = _bound(family, (address[0], port, *address[2:]))
        except OSError as error:
            if error.errno not in ABSENT or len(found) == 1:
                raise SystemExit(f"Postern cannot start: {_trouble(error, host, port)}") from None
    return port


def _bound(family: int, address: tuple[Any, ...]) -> int:
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as uvicorn does: who has just stopped is gone
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        probe.bind(address)
        return int(probe.getsockname()[1])


def _trouble(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken. Set PORT (0: any that is free)."
    if error.errno in ABSENT:
        return f"HOST={host} is no address of this machine."
    return f"port {port} of {host} cannot be opened ({error.strerror}). Set PORT or HOST."


async def _serving(url: str, host: str, port: int) -> None:
    log.info("serving", url=url, host=host, port=port)
