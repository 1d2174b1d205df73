"""`postern serve`."""

import click

import main
from cli.running import known_settings


@click.command()
def serve() -> None:
    """Serve until told to stop, as `python main.py` does, whose --help lists the settings."""
    main.serve(known_settings())
