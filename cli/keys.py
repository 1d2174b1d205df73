"""`postern keys …`: what access tokens are signed with."""

import os
from collections.abc import Callable
from pathlib import Path

import click

import settings
from cli.printing import json_option, print_json, print_table
from cli.running import known_settings
from cli.stored_keys import export, import_, listed, ring_of, rotate_stored
from security import key_files
from settings import Settings

STEPS: dict[str, Callable[[str, Settings], str]] = {
    "announce": lambda text, known: key_files.announced(text, known.token_algorithm),
    "sign": lambda text, _: key_files.signing(text),
    "forget": lambda text, _: key_files.forgotten(text),
}


@click.group()
def keys() -> None:
    """Look after the keys that sign access tokens."""


keys.add_command(import_)
keys.add_command(export)


@keys.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the keys, as /.well-known/jwks.json names them: the first signs, all verify."""
    known = known_settings()
    ring = ring_of(known)
    rows = [{"kid": kid, "algorithm": ring.algorithm, "signs": kid == ring.kid} for kid in ring.public_keys]
    (print_json if as_json else print_table)(listed(known) if known.keys_in_database else rows)


@keys.command()
@click.argument("step", type=click.Choice(list(STEPS)), required=False)
@click.option("--at-once", is_flag=True, help="Have a new key sign now, and all others be worth nothing.")
@json_option
def rotate(step: str | None, *, at_once: bool, as_json: bool) -> None:
    """Change the key: docs/production.md says how.

    In a file, which SIGNING_KEYS names, it takes three steps, with a restart of every node after each; its owner and
    mode stay. Where the database holds the keys it takes no step: every node does the rest by itself.
    """
    known = known_settings()
    if known.keys_in_database and step:
        raise click.UsageError("The database holds the keys, which takes no step")
    if known.keys_in_database:
        rotate_stored(known, at_once=at_once, as_json=as_json)
    elif at_once or not step:
        raise click.UsageError(f"A file holds the keys, which takes one of these steps: {', '.join(STEPS)}")
    else:
        _rotate_file(known, step, as_json=as_json)


def _rotate_file(known: Settings, step: str, *, as_json: bool) -> None:
    ring_of(known)
    file = _file(known)
    try:
        _replace(file, STEPS[step](file.read_text(), known))
    except key_files.WrongStep as error:
        raise click.ClickException(f"{error}: nothing has changed") from None
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}; nothing has changed") from None
    if as_json:
        print_json({"keys": list(ring_of(known_settings()).public_keys)})
    else:
        click.echo(f"{file} is written: restart every node, one after the other")


def _file(known: Settings) -> Path:
    given = settings.as_given("signing_keys")
    if given and given.startswith("-----BEGIN"):
        raise click.ClickException("SIGNING_KEYS holds the keys themselves: put them into a file, and name that")
    return Path(given) if given else known.data_dir / f"signing-key-{known.token_algorithm}.pem"


def _replace(file: Path, text: str) -> None:
    """Write the file anew, whole or not at all."""
    before, draft = file.stat(), file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            os.fchown(new.fileno(), before.st_uid, before.st_gid)
            os.fchmod(new.fileno(), before.st_mode & 0o777)
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
