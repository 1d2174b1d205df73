"""Connecting to PostgreSQL, at whichever of its hosts takes writes."""

import asyncio
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]


async def connect(url: str, *, timeout: float, **settings: Any) -> Any:  # noqa: ASYNC109 - for asyncpg
    """A new connection to the first host that answers as `target_session_attrs` asks for.

    All of them are asked at once: asyncpg would have one after the other use up the time that there is for all, and ask
    nobody behind a machine that is gone without a word (its issue 1155). While it waits for that one, it asks no other
    again, though that may take writes by then: so of several each has its share of the `timeout` (seconds).
    """
    urls = _one_by_one(url)
    attempts = [asyncio.ensure_future(asyncpg.connect(one, timeout=timeout / len(urls), **settings)) for one in urls]
    connection = None
    try:
        connection = await _first(attempts)
    except ValueError:  # its words have those of the address
        told = "DATABASE_URL has a host or a parameter that asyncpg cannot use (sslmode=verify-full needs sslrootcert)"
        raise ValueError(told) from None
    finally:
        for attempt in attempts:  # not cancelled: halfway, asyncpg would leave an error behind that nobody asks for
            attempt.add_done_callback(lambda done: _drop(done, kept=connection))
    return connection


def _one_by_one(url: str) -> list[str]:
    """The address of each host of an address."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    return [urlunsplit(parts._replace(netloc=f"{user}{at}{host}")) for host in hosts.split(",")]


async def _first(attempts: list[asyncio.Future[Any]]) -> Any:
    waiting = set(attempts)
    while waiting:
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for attempt in attempts:
            if attempt.done() and not attempt.exception():
                return attempt.result()
    unfit = asyncpg.TargetServerAttributeNotMatched  # which tells less than why another one did not answer
    raise min((attempt.exception() or OSError() for attempt in attempts), key=lambda error: isinstance(error, unfit))


def _drop(attempt: asyncio.Future[Any], *, kept: Any) -> None:
    if not attempt.cancelled() and not attempt.exception() and attempt.result() is not kept:
        attempt.result().terminate()
