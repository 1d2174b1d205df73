"""What asyncpg raises where PostgreSQL cannot serve now."""

from functools import partial

import asyncpg  # type: ignore[import-untyped]

from database import trouble

TROUBLES = (
    OSError,
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


def _is_mistake(error: Exception) -> bool:
    return isinstance(error, ValueError)  # an argument or an address that cannot be right


translated = partial(trouble.translated, TROUBLES, _is_mistake)
