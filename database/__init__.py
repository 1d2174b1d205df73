"""The database: where it is, how it is opened, migrated and asked whether it is ready."""

from database.clock import seconds_ahead
from database.configuration import TORTOISE_ORM, config, described
from database.counting import count
from database.lifetime import opened
from database.lookup import with_owner
from database.migrations import migrate
from database.moments import Moments
from database.prepared import find, find_with_newest, inserting, making_room, update
from database.readiness import unready, unready_reason
from database.sqlite_file import lacks_file, world_readable
from database.transactions import after_commit, plan_by_values, transaction, with_commit
from database.usage import usage

__all__ = [
    "TORTOISE_ORM",
    "Moments",
    "after_commit",
    "config",
    "count",
    "described",
    "find",
    "find_with_newest",
    "inserting",
    "lacks_file",
    "making_room",
    "migrate",
    "opened",
    "plan_by_values",
    "seconds_ahead",
    "transaction",
    "unready",
    "unready_reason",
    "update",
    "usage",
    "with_commit",
    "with_owner",
    "world_readable",
]
