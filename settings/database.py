"""Where the database is."""

from typing import Annotated

from pydantic import AfterValidator, Field

from settings.addresses import server_address
from settings.part import rule
from settings.server import ServerSettings

WRITES = {f"target_session_attrs={attributes}" for attributes in ("read-write", "primary")}
FORMS = ("sqlite://path", "postgres://user:password@host:port/name", "postgresql://…")


def _database(value: str) -> str:
    if value == "sqlite://":
        raise ValueError("should name a file, as in sqlite://path")
    if value and not value.startswith("sqlite://"):
        address = server_address(value, *FORMS)
        if "," in address.netloc.rpartition("@")[2] and not WRITES.intersection(address.query.split("&")):
            raise ValueError("names several hosts, which needs ?target_session_attrs=read-write")
    return value


class DatabaseSettings(ServerSettings):
    """The database and the connections to it."""

    database_url: Annotated[str, AfterValidator(_database)] = Field(
        "",
        repr=False,
        description="sqlite://path or postgres://user:password@host:port/name (default: SQLite in DATA_DIR)",
    )
    database_pool_size: int = Field(10, ge=1, description="connections to PostgreSQL, at most")

    @rule
    def _database_url(self) -> str:
        return self.database_url or f"sqlite://{self.data_dir}/postern.sqlite3"
