"""The database: where it is, how it is opened, migrated and asked whether it is ready."""

from database.configuration import TORTOISE_ORM, config
from database.lifetime import opened
from database.migrations import differences, migrate
from database.readiness import unready_reason

__all__ = ["TORTOISE_ORM", "config", "differences", "migrate", "opened", "unready_reason"]
