"""What the sqlite3 module raises where SQLite cannot serve now."""

import sqlite3
from functools import partial

from database import trouble

TROUBLES = {
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


def _is_mistake(error: Exception) -> bool:
    # The low byte is the kind of error, the rest says more about it.
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF not in TROUBLES


translated = partial(trouble.translated, (OSError, sqlite3.Error), _is_mistake)
