"""`postern export-schema`."""

import click

import schema


@click.command()
def export_schema() -> None:
    """Print the schema in GraphQL's own language."""
    click.echo(schema.build().as_str())
