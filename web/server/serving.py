"""uvicorn, which treats its clients as we want it to, and says in our log that it serves as soon as it does."""

import contextlib
import multiprocessing
import os
import signal
import sys
from functools import partial
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from settings import ConnectionSettings, ProcessSettings, Settings
from web.server.connections import Connection

SHUTDOWN_SECONDS = 10  # how long a shutdown waits for requests, and then for the letters in hand
KEEP_ALIVE_SECONDS = 75  # longer than a proxy keeps its idle connections (60 s usually), or it sends into a closed one
# uvicorn calls back when it listens, and then at intervals, which it counts from 1970: so the next one is in 31 years.
ONCE = 10**9

log = structlog.get_logger()


def options(settings: ConnectionSettings) -> dict[str, Any]:
    """How uvicorn treats its clients."""
    seconds = settings.receive_deadline.total_seconds()
    return {
        "http": partial(Connection, receive_seconds=seconds, max_connections=settings.max_connections),
        "ws": "none",
        "proxy_headers": False,  # without a trusted proxy nobody's X-Forwarded-For is believed
        "server_header": False,
        "access_log": False,  # the log is ours
        "log_config": None,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
    }


def run(app: ASGIApp, settings: Settings, *, factory: str) -> None:
    """As `uvicorn.run`: serves until told to stop. Several processes each make an application of their own."""
    # uvicorn stops in order and then raises the signal again: to be told to stop is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    several = settings.web_concurrency > 1
    config = uvicorn.Config(
        factory if several else app,
        factory=several,
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency,
        callback_notify=partial(_log_serving, settings.public_url, settings.host, settings.port),
        timeout_notify=ONCE,
        **options(settings),
    )
    if several:
        Multiprocess(config, sockets=[config.bind_socket()]).run()
        return
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()  # which ends with an exit code of its own where it cannot start


def check_worker(settings: ProcessSettings) -> None:
    """Ends where this is one of several processes, of which `uvicorn --workers` does not tell, and Redis is missing."""
    if multiprocessing.parent_process() and "--reload" not in sys.argv and not settings.redis_url:
        raise SystemExit("Postern cannot start: more than one process needs REDIS_URL, to count attempts together.")


def end_with_parent() -> None:
    """Has one of several processes end in order when the first one is gone: orphans would keep the port."""
    if parent := multiprocessing.parent_process():
        Thread(target=_end_after, args=(parent,), name="parent", daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def startup_failure(error: SystemExit) -> SystemExit:
    """The end of a process of uvicorn's that cannot start, with the reason told: it does not start another one."""
    sys.stderr.write(f"{error}\n")
    return SystemExit(STARTUP_FAILURE)


async def _log_serving(url: str, host: str, port: int) -> None:
    log.info("serving", url=url, host=host, port=port)
