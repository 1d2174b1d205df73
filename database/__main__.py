"""`python -m database migrate`, `check` or `makemigrations [name]`."""

import argparse
import asyncio
import sys

from tortoise.cli import cli
from tortoise.exceptions import DBConnectionError

import settings
from database.differences import differences
from database.migrations import migrate

TORTOISE_ORM = "database.TORTOISE_ORM"


def run_migrate() -> int:
    """Bring the database of the settings to the newest migration."""
    try:
        names = asyncio.run(migrate(settings.load().database_url))
    except (DBConnectionError, OSError, ValueError) as error:
        raise SystemExit(f"The database of DATABASE_URL cannot be used: {error}") from None
    sys.stdout.write("".join(f"Applied {name}\n" for name in names) or "Nothing to apply\n")
    return 0


def run_check() -> int:
    """Print what the migrations lack; 1 where they lack anything."""
    missing = asyncio.run(differences())
    sys.stdout.write("\n".join(missing) or "Models and migrations agree\n")
    return 1 if missing else 0


def run_makemigrations(name: str | None) -> int:
    """Write the migration that the models need."""
    asyncio.run(cli.makemigrations(cli.CLIContext(TORTOISE_ORM, None), (), empty=False, name=name))
    return 0


def main() -> int:
    """The exit code of the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m database", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("migrate", help=run_migrate.__doc__).set_defaults(run=run_migrate)
    commands.add_parser("check", help=run_check.__doc__).set_defaults(run=run_check)
    writing = commands.add_parser("makemigrations", help=run_makemigrations.__doc__)
    writing.add_argument("name", nargs="?", help="what the migration is about, for its file's name")
    writing.set_defaults(run=run_makemigrations)
    arguments = vars(parser.parse_args())
    return int(arguments.pop("run")(**arguments))


if __name__ == "__main__":
    sys.exit(main())
