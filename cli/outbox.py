"""`postern outbox …`: emails on their way."""

from uuid import UUID

import click

from cli.printing import json_option, print_facts, print_json, print_table
from cli.running import done, known_settings, outbox_of
from errors import NotFound
from resolvers import letters


@click.group()
def outbox() -> None:
    """Look after emails on their way."""


@outbox.command("list")
@click.option("--limit", default=100, show_default=True, help="So many at most, the oldest.")
@json_option
def list_(limit: int, *, as_json: bool) -> None:
    """List the emails that wait, and those that have died, with the reason."""
    rows = done(known_settings(), letters.undelivered(limit))
    if as_json:
        print_json(rows)
    elif rows:
        print_table(rows)
    else:
        click.echo("No email waits, and none has died")


@outbox.command()
@click.argument("letter_id", type=UUID, metavar="ID")
@json_option
def show(letter_id: UUID, *, as_json: bool) -> None:
    """Show one email and, while it waits, whom it is for; never what it says."""
    known = known_settings()
    try:
        letter = done(known, letters.look(outbox_of(known), letter_id))
    except NotFound:
        raise click.ClickException("There is no email of this id") from None
    (print_json if as_json else print_facts)(letter)


@outbox.command()
@click.argument("letter_id", type=UUID, metavar="[ID]", required=False)
@json_option
def retry(letter_id: UUID | None, *, as_json: bool) -> None:
    """Have a server try an email again now, or all that wait.

    One that is due within a minute comes by itself. One that has died has no text any more: its owner has to ask again.
    """
    count = done(known_settings(), letters.retry(letter_id))
    if as_json:
        print_json({"retried": count})
    else:
        click.echo(f"Emails that are due now: {count}")
