"""`postern sessions …`."""

from uuid import UUID

import click

from cli.arguments import address_argument
from cli.printing import json_option, print_json
from cli.running import done, known_settings
from errors import NotFound
from resolvers import operators


@click.group()
def sessions() -> None:
    """Close sessions; `postern users show` lists them."""


@sessions.command()
@address_argument
@click.option("--session", "session_id", type=UUID, metavar="ID", help="Close this one alone.")
@json_option
def revoke(address: str, session_id: UUID | None, *, as_json: bool) -> None:
    """Close every session of an account, at once; other servers may take its access tokens until they expire."""
    try:
        closed = done(known_settings(), operators.revoke(address, session_id))
    except NotFound:
        raise click.ClickException("The account has no such session: nothing has changed") from None
    if as_json:
        print_json({"closed": closed})
    else:
        click.echo(f"Sessions closed: {closed}")
