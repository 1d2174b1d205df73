"""`postern users …`: accounts, as an operator has to look after them."""

from dataclasses import asdict

import click

from cli.printing import json_option, print_json
from cli.running import done, known_settings
from errors import EmailNotConfirmed, NoAccount, NotFound, Unacceptable
from mail.outbox import Outbox
from resolvers import lost_factors, roles
from resolvers.inputs import canonical_email
from security.keys import SecretKey


class Address(click.ParamType[str]):
    """An email address, in the one form that the server knows."""

    name = "address"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The canonical address; where there is none, the command line is wrong."""
        try:
            return canonical_email(value)
        except Unacceptable:
            self.fail("this is no email address", param, ctx)


@click.group()
def users() -> None:
    """Look after accounts."""


@users.command()
@click.argument("address", type=Address())
@json_option
def remove_factors(address: str, *, as_json: bool) -> None:
    """Take all second factors and passkeys of an account away; its owner is told by mail.

    Find out first who asks. Every session is closed, and no device is known any more.
    """
    known = known_settings()
    outbox = Outbox(SecretKey(known).derive_all("letters"))
    try:
        removed = done(known, lost_factors.remove_all(outbox, address))
    except NoAccount:
        raise click.ClickException("No account has this address: nothing has changed") from None
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
@click.argument("address", type=Address())
@click.argument("role")
@json_option
def grant_role(address: str, role: str, *, as_json: bool) -> None:
    """Give an account a role, such as `admin`: there is no other way to the first administrator."""
    try:
        granted = done(known_settings(), roles.grant_first(address, role))
    except NoAccount:
        raise click.ClickException("No account has this address: nothing has changed") from None
    except EmailNotConfirmed:
        raise click.ClickException("Nobody has confirmed this address yet: nothing has changed") from None
    except NotFound:
        raise click.ClickException("There is no role of this name: nothing has changed") from None
    if as_json:
        print_json({"granted": granted})
        return
    told = "The account has the role from now on" if granted else "The account has the role already"
    click.echo(f"{told}. It counts in sessions that have proven a second factor.")
