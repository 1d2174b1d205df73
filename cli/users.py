"""`postern users …`: accounts, as an operator has to look after them."""

from dataclasses import asdict

import click

from cli.arguments import address_argument
from cli.importing.command import import_
from cli.printing import json_option, print_facts, print_json, print_table
from cli.running import done, known_settings, outbox_of
from errors import InvalidInput, NotFound
from resolvers import lost_factors, operators


@click.group()
def users() -> None:
    """Look after accounts."""


users.add_command(import_)


@users.command()
@address_argument
@json_option
def show(address: str, *, as_json: bool) -> None:
    """Show what there is to know of an account, and its sessions."""
    known = known_settings()
    account = done(known, operators.look(address))
    sessions = done(known, operators.sessions(address))
    if as_json:
        print_json(account | {"sessions": sessions})
        return
    print_facts(account)
    if sessions:
        click.echo()
    print_table(sessions)


@users.command()
@address_argument
@json_option
def confirm(address: str, *, as_json: bool) -> None:
    """Confirm the address of an account whose email does not arrive, once you know that its owner reads mail there.

    What it was registered with is void: its owner chooses a new password by a link.
    """
    confirmed = done(known_settings(), operators.confirm(address))
    if as_json:
        print_json({"confirmed": confirmed})
    else:
        click.echo("The address is confirmed" if confirmed else "The address was confirmed already")


@users.command()
@address_argument
@click.option("--reason", required=True, help="Why, for those who look after accounts.")
@click.option("--tell-owner", is_flag=True, help="Have an email tell its owner, without the reason.")
@json_option
def disable(address: str, reason: str, *, tell_owner: bool, as_json: bool) -> None:
    """Close an account: nobody can use it, and whatever it had opened is closed."""
    known = known_settings()
    try:
        disabled = done(known, operators.disable(outbox_of(known), address, reason, tell_owner=tell_owner))
    except InvalidInput:
        raise click.UsageError("the reason is not one line of text, of 500 characters at most") from None
    if as_json:
        print_json({"disabled": disabled})
    else:
        click.echo("The account is closed" if disabled else "The account was closed already, and stays as it is")


@users.command()
@address_argument
@json_option
def enable(address: str, *, as_json: bool) -> None:
    """Open a closed account again."""
    enabled = done(known_settings(), operators.enable(address))
    if as_json:
        print_json({"enabled": enabled})
    else:
        click.echo("The account is open again" if enabled else "The account was open already")


@users.command()
@address_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def delete(address: str, *, yes: bool, as_json: bool) -> None:
    """Erase an account and all that hangs on it, for ever; its owner is told by mail."""
    if not yes:
        click.confirm("Erase this account and all that hangs on it?", abort=True, err=True)
    known = known_settings()
    user_id = done(known, operators.delete(outbox_of(known), address))
    if as_json:
        print_json({"deleted": user_id})
    else:
        click.echo(f"The account {user_id} is gone")


@users.command()
@address_argument
def export(address: str) -> None:
    """Print what is held about the owner of an account, as JSON: what they would get themselves."""
    print_json(done(known_settings(), operators.export(address)))


@users.command()
@address_argument
@json_option
def remove_factors(address: str, *, as_json: bool) -> None:
    """Take all second factors and passkeys of an account away; its owner is told by mail.

    Find out first who asks. Every session is closed, and no device is known any more.
    """
    known = known_settings()
    try:
        removed = done(known, lost_factors.remove_all(outbox_of(known), address))
    except NotFound:
        raise click.ClickException("The account has no second factor and no passkey: nothing has changed") from None
    if as_json:
        print_json(asdict(removed))
        return
    # Without the address: what is printed may be kept somewhere.
    click.echo(
        f"Taken away: authenticator apps {removed.apps}, passkeys {removed.passkeys}, "
        f"recovery codes {removed.recovery_codes}. Every session is closed, and no device is known any more. "
        "An email tells the owner."
    )
