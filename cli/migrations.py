"""`postern migrate` for operators, `postern make-migration` for who changes a model."""

import asyncio

import click
from tortoise.cli import cli

import database
from cli.printing import json_option, print_json
from cli.running import finished, known_settings
from database.differences import differences

TORTOISE_ORM = "database.TORTOISE_ORM"


@click.command()
@json_option
def migrate(*, as_json: bool) -> None:
    """Bring the database of the settings to the newest migration."""
    names = finished(database.migrate(known_settings().database_url))
    if as_json:
        print_json({"applied": names})
    else:
        click.echo("\n".join(f"Applied {name}" for name in names) or "Nothing to apply")


@click.command()
@click.argument("name", required=False)
@click.option(
    "--check", is_flag=True, help="Write nothing; end with 1 where the migrations lack anything, and print it."
)
def make_migration(name: str | None, *, check: bool) -> None:
    """Write the migration that changed models need; NAME says in its file's name what it is about."""
    if not check:
        asyncio.run(cli.makemigrations(cli.CLIContext(TORTOISE_ORM, None), (), empty=False, name=name))
    elif missing := asyncio.run(differences()):
        raise click.ClickException("\n".join(missing))
    else:
        click.echo("Models and migrations agree")
