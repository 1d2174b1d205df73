"""`python -m resolvers reseal`."""

import argparse
import asyncio
import sys

from tortoise.exceptions import DBConnectionError, OperationalError

import database
import settings
from resolvers.resealing import Progress, reseal, sealed_columns
from security.keys import SecretKey


def run_reseal() -> int:
    """Seal by the first key of SECRET_KEY what another of them has sealed; 1 where none of them opens something."""
    try:
        lost = asyncio.run(_resealed(settings.load()))
    except (DBConnectionError, OperationalError, OSError, ValueError) as error:
        raise SystemExit(f"The database of DATABASE_URL cannot be used: {error}") from None
    left = f"No key of SECRET_KEY opens {lost} of them" if lost else "The first key of SECRET_KEY opens all of them"
    sys.stdout.write(f"{left}\n")
    return 1 if lost else 0


async def _resealed(known: settings.Settings) -> int:
    columns = sealed_columns(SecretKey(known))
    async with database.opened(known.database_url, 1):
        return sum([(await reseal(column, _tell)).lost for column in columns])


def _tell(progress: Progress) -> None:
    sys.stdout.write(f"{progress.table}: {progress.seen} looked at, {progress.resealed} sealed anew\n")
    sys.stdout.flush()


def main() -> int:
    """The exit code of the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m resolvers", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("reseal", help=run_reseal.__doc__).set_defaults(run=run_reseal)
    return int(parser.parse_args().run())


if __name__ == "__main__":
    sys.exit(main())
