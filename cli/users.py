"""`postern users …`: accounts, as an operator has to look after them."""

from dataclasses import asdict

import click

from cli.arguments import address_argument
from cli.importing.command import import_
from cli.printing import json_option, print_facts, print_json, print_table
from cli.running import done, known_settings, outbox_of
from errors import EmailNotConfirmed, NotFound
from resolvers import lost_factors, operators, roles


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
    """Confirm the address of an account, where its letter does not arrive.

    Find out first that its owner has registered it: who has, knows the password that opens it from now on.
    """
    outcome = done(known_settings(), operators.confirm(address))
    if outcome == "unclear":
        raise click.ClickException(
            "Not exactly one registration waits, so it is unclear whose password would count: nothing has changed. "
            "Have its owner register once more, and use the newest link"
        )
    if as_json:
        print_json({"confirmed": outcome == "confirmed"})
    else:
        click.echo("The address is confirmed" if outcome == "confirmed" else "The address was confirmed already")


@users.command()
@address_argument
@click.confirmation_option(prompt="Erase this account and all that hangs on it?", help="Do not ask.")
@json_option
def delete(address: str, *, as_json: bool) -> None:
    """Erase an account and all that hangs on it, for ever; its owner is told by mail."""
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
        "A letter tells the owner."
    )


@users.command()
@address_argument
@click.argument("role")
@json_option
def grant_role(address: str, role: str, *, as_json: bool) -> None:
    """Give an account a role, such as `admin`: there is no other way to the first administrator."""
    try:
        granted = done(known_settings(), roles.grant_first(address, role))
    except EmailNotConfirmed:
        raise click.ClickException("Nobody has confirmed this address yet: nothing has changed") from None
    except NotFound:
        raise click.ClickException("There is no role of this name: nothing has changed") from None
    if as_json:
        print_json({"granted": granted})
        return
    told = "The account has the role from now on" if granted else "The account has the role already"
    click.echo(f"{told}. It counts in sessions that have proven a second factor.")
