"""`postern reseal`."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from cli.printing import json_option, print_json
from cli.running import done, known_settings
from resolvers import resealing
from resolvers.resealing import Progress, Sealed
from security.keys import SecretKey


@click.command()
@json_option
def reseal(*, as_json: bool) -> None:
    """Seal by the first key of SECRET_KEY what another of them has sealed.

    Servers may write all the while. It can be stopped and begun again, and ends with 1 where none of the keys opens
    something.
    """
    known = known_settings()
    tables = done(known, _resealed(resealing.sealed_columns(SecretKey(known)), as_json=as_json))
    lost = sum(table.lost for table in tables)
    if as_json:
        print_json([asdict(table) for table in tables])
    if lost:
        raise click.ClickException(f"No key of SECRET_KEY opens {lost} of them")
    if not as_json:
        click.echo("The first key of SECRET_KEY opens all of them")


async def _resealed(columns: Sequence[Sealed], *, as_json: bool) -> list[Progress]:
    return [await resealing.reseal(column, _quiet if as_json else _tell) for column in columns]


def _quiet(_: Progress) -> None:
    pass


def _tell(progress: Progress) -> None:
    click.echo(f"{progress.table}: {progress.seen} looked at, {progress.resealed} sealed anew")
