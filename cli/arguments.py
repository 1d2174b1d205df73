"""What commands are told about accounts."""

import click

from errors import Unacceptable
from resolvers.inputs import canonical_email


class Address(click.ParamType[str]):
    """An email address, in the one form that the server knows."""

    name = "address"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The canonical address; where there is none, the command line is wrong."""
        try:
            return canonical_email(value)
        except Unacceptable:
            self.fail("this is no email address", param, ctx)


address_argument = click.argument("address", type=Address())
