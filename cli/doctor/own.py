"""What belongs to the server itself: its settings and its keys."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import settings
from cli.doctor.finding import Finding
from resolvers.composing import composers
from resolvers.services import Services
from settings import Settings

KEY_AGE = timedelta(days=365)  # NIST SP 800-57 part 1, §5.3.6: one to three years for a private signature key


def known_settings() -> Settings | list[Finding]:
    """The settings, or what is wrong with each of those that are."""
    try:
        return settings.load()
    except SystemExit as error:
        wrong = [line.split(maxsplit=1) for line in str(error).splitlines()[1:]]
        return [Finding("settings", f"{name} {reason}", f"mend {name}") for name, reason in wrong]


def of_settings(known: Settings) -> Iterator[Finding]:
    """Which they are, and those that nobody reads."""
    yield Finding("settings", f"those of {known.environment}")
    for name, meant in settings.misspelt().items():
        yield Finding("settings", f"{name} is no setting", f"write {meant}, if that is meant")


def services_of(known: Settings) -> Services | Finding:
    """What the server works with, or which key or file does not fit."""
    try:
        return Services.of(known, composers(known))
    except ValueError as error:
        return Finding("keys", str(error), "mend that setting")


def of_keys(known: Settings, services: Services) -> Iterator[Finding]:
    """How many there are, and how old the file of those is that sign."""
    secrets = len(known.secret_keys)
    older = f", and {secrets - 1} older: postern reseal, then leave them out" if secrets > 1 else ""
    yield Finding("secret key", f"{'given' if secrets else 'that of DATA_DIR'}{older}")
    if known.keys_in_database:
        return  # which tells of them
    age = _age(known)
    count = len(services.keys.public_keys)
    found = f"{count} of {services.keys.algorithm}, {'age unknown' if age is None else f'{age.days} days old'}"
    old = "change it: docs/production.md says how" if age is not None and age > KEY_AGE else ""
    yield Finding("signing keys", found, old)


def _age(known: Settings) -> timedelta | None:
    """Since when the file of the signing keys is as it is; None for those that are given as text."""
    given = settings.as_given("signing_keys")
    file = Path(given) if given else known.data_dir / f"signing-key-{known.token_algorithm}.pem"
    if given and given.startswith("-----"):
        return None
    return datetime.now(UTC) - datetime.fromtimestamp(file.stat().st_mtime, UTC)
