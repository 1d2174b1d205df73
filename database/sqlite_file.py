"""SQLite's file: who may read it, and whether more can be written."""

import os
import sqlite3
import stat
from pathlib import Path

SCHEME = "sqlite://"
ROOM_BYTES = 64 * 1024  # what a commit of ours takes, many times over
NO_WRITES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


def make_private(file: str) -> None:
    """Make the file where there is none, for its owner alone: SQLite gives the log beside it the same mode."""
    if file == ":memory:":
        return
    try:
        made = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return  # its mode is its owner's decision
    os.fchmod(made, 0o600)  # whatever the umask
    os.close(made)


def world_readable(url: str) -> Path | None:
    """The file of a `sqlite://` address, where everybody on this machine can read it."""
    file = Path(url.removeprefix(SCHEME)).absolute()
    if not url.startswith(SCHEME) or not file.exists():
        return None
    read, enter = file.stat().st_mode & stat.S_IROTH, file.parent.stat().st_mode & stat.S_IXOTH
    return file if read and enter else None


def lacks_file(url: str) -> bool:
    """Whether a `sqlite://` address means a file that is not there."""
    return url.startswith(SCHEME) and not Path(url.removeprefix(SCHEME)).exists()


def takes_writes(file: str) -> bool:
    """Whether a commit would succeed now. Asking takes half a millisecond, and leaves nothing behind.

    SQLite keeps a small change in memory until it is committed. One that its cache does not hold it writes to the log
    at once, where the next commit would be, and after the rollback that commit overwrites it: the log does not grow.
    """
    try:
        # A connection of its own, for its small cache. One that does not wait: who holds the lock is writing.
        connection = sqlite3.connect(f"{Path(file).absolute().as_uri()}?mode=rw", uri=True, timeout=0)
        try:
            connection.executescript("PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE room (bytes BLOB)")
            connection.execute("INSERT INTO room VALUES (zeroblob(?))", [ROOM_BYTES])
        finally:
            connection.close()  # which rolls back
    except sqlite3.Error as error:
        return error.sqlite_errorcode & 0xFF not in NO_WRITES
    return True
