"""What the models have that no migration has written. No server asks for it, so none imports it."""

from tortoise.migrations.autodetector import MigrationAutodetector

from database.configuration import TORTOISE_ORM
from database.lifetime import opened_here


async def differences() -> list[str]:
    """The migrations that the models still need, as source; none where they agree."""
    async with opened_here(TORTOISE_ORM) as context:
        if context.apps is None:
            return []
        return [w.as_string() for w in await MigrationAutodetector(context.apps, TORTOISE_ORM["apps"]).changes()]
