"""`postern roles …`: who may do what to others."""

import click

from cli.arguments import address_argument
from cli.printing import json_option, print_json, print_table
from cli.running import done, known_settings
from errors import EmailNotConfirmed, NotFound
from resolvers import roles as subject


@click.group()
def roles() -> None:
    """Give and take roles; `postern users show` tells those of an account."""


@roles.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the roles that there are, and what each allows."""
    known = done(known_settings(), subject.all_of_them())
    rows = [{"name": role.name, "permissions": sorted(role.permissions)} for role in known]
    (print_json if as_json else print_table)(rows)


@roles.command()
@address_argument
@click.argument("role")
@json_option
def grant(address: str, role: str, *, as_json: bool) -> None:
    """Give an account a role, such as `admin`: there is no other way to the first administrator."""
    try:
        granted = done(known_settings(), subject.grant_first(address, role))
    except EmailNotConfirmed:
        raise click.ClickException("Nobody has confirmed this address yet: nothing has changed") from None
    except NotFound:
        raise click.ClickException("There is no role of this name: nothing has changed") from None
    if as_json:
        print_json({"granted": granted})
        return
    told = "The account has the role from now on" if granted else "The account has the role already"
    click.echo(f"{told}. It counts in sessions that have proven a second factor.")


@roles.command()
@address_argument
@click.argument("role")
@json_option
def revoke(address: str, role: str, *, as_json: bool) -> None:
    """Take a role from an account."""
    revoked = done(known_settings(), subject.revoke_at_prompt(address, role))
    if as_json:
        print_json({"revoked": revoked})
    else:
        click.echo("The account has the role no more" if revoked else "The account had no such role")
