"""From one address to Tortoise's configuration."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

APP = "models"
MIGRATIONS = "models.migrations"
CONNECT_SECONDS = 5
COMMAND_SECONDS = 10


class Secret(str):
    """A text that holds a password: logs that print the configuration do not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def config(url: str, pool_size: int, **credentials: Any) -> dict[str, Any]:
    """What Tortoise needs to know of the database at `url`.

    `sqlite://relative/path`, `sqlite:///absolute/path`, or `postgres://…` with all that libpq's
    addresses can say (`sslmode`, a socket's folder as `host` …). `credentials` go before our own.
    Raises ValueError for any other address.
    """
    # Tortoise remembers statements by alias and table alone, so each dialect has an alias of its own.
    alias, engine, defaults = _connection(url, pool_size)
    return {
        "connections": {alias: {"engine": engine, "credentials": defaults | credentials}},
        "apps": {APP: {"models": ["models"], "default_connection": alias, "migrations": MIGRATIONS}},
        "use_tz": True,
        "timezone": "UTC",
    }


def described(url: str) -> str:
    """Which database the address means, without user and password: `sqlite path` or `postgres host/name`."""
    if url.startswith("sqlite://"):
        return f"sqlite {url.removeprefix('sqlite://')}"
    address = urlsplit(url)
    asked = parse_qs(address.query)
    hosts = address.netloc.rpartition("@")[2] or ",".join(asked.get("host", []))
    name = address.path.strip("/") or "".join(asked.get("dbname", asked.get("database", [])))
    return f"postgres {hosts}/{name}"


def _connection(url: str, pool_size: int) -> tuple[str, str, dict[str, Any]]:
    scheme, separator, rest = url.partition("://")
    if separator and rest and scheme == "sqlite":
        return "sqlite", "database.sqlite", _sqlite(rest)
    if separator and rest and scheme in ("postgres", "postgresql"):
        return "postgres", "database.asyncpg", _postgres(url, pool_size)
    raise ValueError("a database's address begins with sqlite://, postgres:// or postgresql://")


def _sqlite(path: str) -> dict[str, Any]:
    if "?" in path:
        raise ValueError("sqlite:// takes a path and no parameters")
    return {
        "file_path": path,
        "busy_timeout": 5_000,  # milliseconds to wait for another process, as long as for the pool below
        "journal_mode": "WAL",
        "synchronous": "NORMAL",  # safe with WAL; a loss of power may cost the last commits, never the file
        "journal_size_limit": 8 * 2**20,  # twice what a checkpoint leaves, so only a burst is cut back
        "foreign_keys": "ON",
    }


def _postgres(url: str, pool_size: int) -> dict[str, Any]:
    return {
        "dsn": Secret(url),
        "maxsize": pool_size,
        "timeout": CONNECT_SECONDS,
        "command_timeout": COMMAND_SECONDS,
    }


# For the `tortoise` program, which only looks at models and migrations and opens nothing.
TORTOISE_ORM = config("sqlite://:memory:", 1)
