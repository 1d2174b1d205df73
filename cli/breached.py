"""`postern breached-file`."""

import sys
from pathlib import Path

import click

from security.breached_writing import write


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("dest", type=click.Path(path_type=Path))
@click.option("--at-least", default=1, show_default=True, metavar="TIMES", help="Leave out what was met less often.")
def breached_file(source: Path, dest: Path, at_least: int) -> None:
    """Make a file for BREACHED_PASSWORDS from the list of Have I Been Pwned.

    SOURCE has lines of HASH:COUNT, in any order, and may be /dev/stdin; DEST is the file to make.
    """
    try:
        if dest.exists() and dest.samefile(source):
            raise click.ClickException(f"{dest} is the list itself, which would be gone")
        if dest.is_dir():
            raise click.ClickException(f"{dest} is a folder")
        count = write(source, dest, at_least, _tell)
    except ValueError as error:
        raise click.ClickException(f"{source}: {error}") from None
    except OSError as error:
        raise click.ClickException(f"{source if error.filename == str(source) else dest}: {error.strerror}") from None
    _tell("")
    click.echo(f"{dest} holds {count:,} password{'' if count == 1 else 's'}")


def _tell(progress: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{progress}", err=True, nl=False)
