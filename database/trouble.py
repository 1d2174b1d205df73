"""One exception for all that says "the database cannot serve now"."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg  # type: ignore[import-untyped]
from tortoise.exceptions import DBConnectionError

POSTGRES = (
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.OperatorInterventionError,  # starting, stopping, a statement cancelled
    asyncpg.TransactionRollbackError,  # a deadlock or a serialization failure: trying again helps
    asyncpg.LockNotAvailableError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # "the database does not accept connections now"
    asyncpg.ReadOnlySQLTransactionError,  # a primary that has become a standby
    asyncpg.InvalidCachedStatementError,  # a table has changed under a prepared statement
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the goodbye of a server that stops, found where an answer was expected
)
SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise DBConnectionError for a driver's trouble; mistakes of ours, such as wrong SQL, pass unchanged."""
    try:
        yield
    except DBConnectionError:
        raise
    except (OSError, sqlite3.Error, *POSTGRES) as error:
        if _is_mistake(error):
            raise
        raise DBConnectionError(f"{type(error).__name__}: {error}") from error


def _is_mistake(error: Exception) -> bool:
    if isinstance(error, sqlite3.Error):
        # The low byte is the kind of error, the rest says more about it.
        return getattr(error, "sqlite_errorcode", 0) & 0xFF not in SQLITE
    return isinstance(error, ValueError)  # asyncpg: an argument or an address that cannot be right
