"""What `postern keys …` does with keys that the database holds."""

import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from cli.printing import json_option, print_json
from cli.running import Unusable, done, known_settings
from resolvers.stored_keys import ChangeUnderWay, LostKeys, StoredKeys
from security import key_files
from security.keys import KeyRing, SecretKey
from settings import Settings

Answer = TypeVar("Answer")


def ring_of(known: Settings) -> KeyRing:
    """The keys of the settings. Raises Unusable where they are none."""
    try:
        return KeyRing(known)
    except ValueError as error:
        raise Unusable(str(error)) from None


def listed(known: Settings) -> list[dict[str, Any]]:
    """The keys of the database, that which signs first; one that nothing opens has no `kid`."""
    opened, lost = _done(known, _stored(known).opened())
    signing = next((one for one in reversed(opened) if one.signs), None)
    rows: list[dict[str, Any]] = [
        {
            "kid": one.pair.kid,
            "algorithm": one.row.algorithm,
            "signs": one is signing,
            "created_at": one.row.created_at,
            "signs_from": one.row.signs_from,
        }
        for one in sorted(opened, key=lambda one: one is not signing)
    ]
    nothing = {"algorithm": known.token_algorithm, "signs": False, "created_at": None, "signs_from": None}
    return rows + [{"kid": None, **nothing}] * lost


def rotate_stored(known: Settings, *, at_once: bool, as_json: bool) -> None:
    """Announces a new key, or has one sign at once."""
    stored = _stored(known)
    kid = (_done(known, stored.replace())[0] if at_once else _done(known, stored.announce())).kid
    seconds = 0 if at_once else int(known.signing_key_announcement.total_seconds())
    if as_json:
        print_json({"kid": kid, "signs_in_seconds": seconds})
    elif at_once:
        click.echo(f"{kid} signs, and all others are worth nothing: every node knows within a minute")
    else:
        click.echo(f"{kid} signs in {seconds} seconds, when every node knows it")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def import_(file: Path, *, as_json: bool) -> None:
    """Put the keys of a file into the database, before the first node is told SIGNING_KEYS=database."""
    known = known_settings()
    ring = ring_of(known)
    try:
        pems = key_files.settled(file.read_text())
        for pem in pems:
            ring.pair(pem, signs_from=0)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{file}: {error}; nothing has changed") from None
    kids = [pair.kid for pair in _done(known, _stored(known).bring(pems))]
    if as_json:
        print_json({"keys": kids})
    else:
        click.echo(f"In the database: {', '.join(kids)}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def export(file: Path, *, as_json: bool) -> None:
    """Write the keys of the database into a new file, for its owner's eyes only, which SIGNING_KEYS can name."""
    known = known_settings()
    stored = _stored(known)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            try:
                pems = _done(known, stored.exported())
            except click.ClickException:
                file.unlink()
                raise
            new.writelines(pems)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}; nothing has changed") from None
    if as_json:
        print_json({"count": len(pems)})
    else:
        click.echo(f"{file} is written; keys: {len(pems)}")


def _stored(known: Settings) -> StoredKeys:
    return StoredKeys(known, SecretKey(known), ring_of(known))


def _done(known: Settings, work: Coroutine[Any, Any, Answer]) -> Answer:
    return done(known, _told(work))


async def _told(work: Coroutine[Any, Any, Answer]) -> Answer:
    try:
        return await work
    except (ChangeUnderWay, LostKeys) as error:
        raise click.ClickException(f"{error}: nothing has changed") from None
