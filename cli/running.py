"""What commands start from: the settings, the log, the open database; and the end where one cannot be used."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import click
from tortoise.exceptions import DBConnectionError, OperationalError

import database
import logs
import settings
from errors import NoAccount
from mail.outbox import Outbox
from security.keys import SecretKey
from settings import Settings

Answer = TypeVar("Answer")


class Unusable(click.ClickException):
    """Nothing could be asked."""

    exit_code = 3


def known_settings() -> Settings:
    """Those of this process, by which its log is written to standard error. Raises Unusable."""
    try:
        known = settings.load()
    except SystemExit as error:
        raise Unusable(str(error)) from None
    logs.configure(known, sys.stderr)
    return known


def done(known: Settings, work: Coroutine[Any, Any, Answer]) -> Answer:
    """What comes of work with the open database. Raises Unusable, ClickException for NoAccount."""
    try:
        return finished(_opened(known, work))
    except NoAccount:  # which database, for whoever has called this without the server's settings
        place = database.described(known.database_url)
        raise click.ClickException(f"No account has this address in {place}: nothing has changed") from None


def finished(work: Coroutine[Any, Any, Answer]) -> Answer:
    """What comes of work that opens the database by itself. Raises Unusable."""
    try:
        return asyncio.run(work)
    except BrokenPipeError:
        raise  # who reads what is printed has seen enough: click ends without a word
    except (DBConnectionError, OperationalError, OSError, ValueError) as error:
        raise Unusable(f"The database of DATABASE_URL cannot be used: {error}") from None


def outbox_of(known: Settings) -> Outbox:
    """Where emails are posted, which a server then delivers."""
    return Outbox(SecretKey(known).derive_all("letters"))


async def _opened(known: Settings, work: Coroutine[Any, Any, Answer]) -> Answer:
    async with database.opened(known.database_url, 1):
        return await work
