"""`python -m resolvers reseal`, `… remove-factors ADDRESS` and `… grant-role ADDRESS ROLE`."""

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from typing import TypeVar

from tortoise.exceptions import DBConnectionError, OperationalError

import database
import settings
from errors import EmailNotConfirmed, NoAccount, NotFound, Unacceptable
from mail.outbox import Outbox
from resolvers import lost_factors, roles
from resolvers.inputs import canonical_email
from resolvers.resealing import Progress, reseal, sealed_columns
from security.keys import SecretKey

Answer = TypeVar("Answer")


def run_reseal(_: argparse.Namespace) -> int:
    """Seal by the first key of SECRET_KEY what another of them has sealed; 1 where none of them opens something."""
    lost = _done(_resealed(settings.load()))
    left = f"No key of SECRET_KEY opens {lost} of them" if lost else "The first key of SECRET_KEY opens all of them"
    sys.stdout.write(f"{left}\n")
    return 1 if lost else 0


def run_remove_factors(arguments: argparse.Namespace) -> int:
    """Take all second factors and passkeys of an account away; its owner is told by mail. Ask who they are first."""
    known = settings.load()
    try:
        removed = _done(_removed(known, canonical_email(arguments.address)))
    except Unacceptable:
        raise SystemExit("ADDRESS is no email address: nothing has changed") from None
    except NoAccount:
        raise SystemExit("No account has this address: nothing has changed") from None
    except NotFound:
        raise SystemExit("The account has no second factor and no passkey: nothing has changed") from None
    # Without the address: what is printed may be kept somewhere.
    sys.stdout.write(
        f"Taken away: authenticator apps {removed.apps}, passkeys {removed.passkeys}, "
        f"recovery codes {removed.recovery_codes}. Every session is closed, and no device is known any more. "
        "A letter tells the owner.\n"
    )
    return 0


def run_grant_role(arguments: argparse.Namespace) -> int:
    """Give an account a role, such as `admin`: there is no other way to the first administrator."""
    known = settings.load()
    try:
        new = _done(_granted(known, canonical_email(arguments.address), arguments.role))
    except Unacceptable:
        raise SystemExit("ADDRESS is no email address: nothing has changed") from None
    except NoAccount:
        raise SystemExit("No account has this address: nothing has changed") from None
    except EmailNotConfirmed:
        raise SystemExit("Nobody has confirmed this address yet: nothing has changed") from None
    except NotFound:
        raise SystemExit("There is no role of this name: nothing has changed") from None
    told = "The account has the role from now on" if new else "The account had the role already"
    sys.stdout.write(f"{told}. It counts in sessions that have proven a second factor.\n")
    return 0


def _done(work: Coroutine[None, None, Answer]) -> Answer:
    try:
        return asyncio.run(work)
    except (DBConnectionError, OperationalError, OSError, ValueError) as error:
        raise SystemExit(f"The database of DATABASE_URL cannot be used: {error}") from None


async def _resealed(known: settings.Settings) -> int:
    columns = sealed_columns(SecretKey(known))
    async with database.opened(known.database_url, 1):
        return sum([(await reseal(column, _tell)).lost for column in columns])


async def _removed(known: settings.Settings, address: str) -> lost_factors.Removed:
    outbox = Outbox(SecretKey(known).derive_all("letters"))
    async with database.opened(known.database_url, 1):
        return await lost_factors.remove_all(outbox, address)


async def _granted(known: settings.Settings, address: str, role: str) -> bool:
    async with database.opened(known.database_url, 1):
        return await roles.grant_first(address, role)


def _tell(progress: Progress) -> None:
    sys.stdout.write(f"{progress.table}: {progress.seen} looked at, {progress.resealed} sealed anew\n")
    sys.stdout.flush()


def main() -> int:
    """The exit code of the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m resolvers", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("reseal", help=run_reseal.__doc__).set_defaults(run=run_reseal)
    removing = commands.add_parser("remove-factors", help=run_remove_factors.__doc__)
    removing.add_argument("address", metavar="ADDRESS", help="the account's email address")
    removing.set_defaults(run=run_remove_factors)
    granting = commands.add_parser("grant-role", help=run_grant_role.__doc__)
    granting.add_argument("address", metavar="ADDRESS", help="the account's email address")
    granting.add_argument("role", metavar="ROLE", help="the role's name")
    granting.set_defaults(run=run_grant_role)
    arguments = parser.parse_args()
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
