"""What commands print: words and tables for people, JSON for programs."""

import json
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def print_json(value: Any) -> None:
    """One value, on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
