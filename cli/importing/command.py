"""The command, and what it tells of its progress."""

import json
import logging
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

import click

import logs
from cli.importing.reading import Record, UnknownForm, records
from cli.printing import json_option, print_json
from cli.running import done, known_settings
from models import User
from resolvers import importing
from resolvers.importing import Mistake
from security.hash_forms import Firebase

BATCH = 1_000  # lines in one transaction
SHOWN = 20  # mistakes that are told at once, where no file takes them all
SHOWN_NAME = 60  # characters


@dataclass
class Summary:
    """What came of the lines so far; `last_line` is the last that is done with."""

    imported: int = 0
    there_already: int = 0
    mistakes: int = 0
    last_line: int = 0


@dataclass(frozen=True)
class Import:
    """One run: what it reads, and whom it tells; `unknown` are names of columns that nothing is made of."""

    source: Path
    firebase: Firebase | None
    all_confirmed: bool
    summary: Summary
    complain: Callable[[int, str], None]
    unknown: set[str] = field(default_factory=set)

    async def run(self, from_line: int) -> None:
        """Write all accounts from a line on. Raises UnknownForm."""
        length = self.source.stat().st_size
        rows = (record for record in records(self.source) if record.line >= from_line)
        bar = click.progressbar(length=length, label="Importing", file=sys.stderr, hidden=not sys.stderr.isatty())
        with closing(rows), bar:
            while batch := list(islice(rows, BATCH)):
                await self._write(batch)
                bar.update(batch[-1].offset - bar.pos)

    async def _write(self, batch: list[Record]) -> None:
        accounts, mistakes = {}, {}
        for record in batch:
            try:
                accounts[record.line] = self._account(record)
            except Mistake as mistake:
                mistakes[record.line] = str(mistake)
        outcome = await importing.write(accounts)
        for line, reason in sorted((mistakes | dict(outcome.mistakes)).items()):
            self.summary.mistakes += 1
            self.complain(line, reason)
        self.summary.imported += outcome.imported
        self.summary.there_already += outcome.there
        self.summary.last_line = batch[-1].line

    def _account(self, record: Record) -> User:
        if record.mistake:
            raise Mistake(record.mistake)
        for name in record.known.keys() - importing.COLUMNS - self.unknown if len(self.unknown) < SHOWN else ():
            self.unknown.add(name)
            click.echo(f"left out: {logs.one_line(str(name))[:SHOWN_NAME]}, which is no column", err=True)
        return importing.account_of(record.known, self.firebase, all_confirmed=self.all_confirmed)


@click.command("import")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all-confirmed", is_flag=True, help="Every address was confirmed, whatever the file says of it.")
@click.option("--from-line", default=1, show_default=True, help="Leave out the lines before.")
@click.option("--mistakes", "report", type=click.File("a", lazy=True), help="Append each mistake to it, as JSON.")
@click.option("--firebase", type=click.File("rb"), help="A JSON file of the project's hash parameters.")
@json_option
def import_(
    source: Path, report: TextIO | None, firebase: TextIO | None, *, all_confirmed: bool, from_line: int, as_json: bool
) -> None:
    """Import accounts with the hashes of their passwords, from CSV or JSON lines.

    docs/importing.md names the columns. An account that is there already is left as it is, so that the same file can be
    begun again. It ends with 1 where any line was a mistake.
    """
    known = known_settings()
    logging.disable(logging.INFO)  # a line for each thousand
    summary = Summary()
    job = Import(
        source, _parameters(firebase) if firebase else None, all_confirmed, summary, _complaints(report, summary)
    )
    try:
        done(known, job.run(from_line))
    except UnknownForm as error:
        raise click.ClickException(f"{source} {error}") from None
    except (KeyboardInterrupt, click.ClickException):
        click.echo(f"Stopped; go on with --from-line {max(summary.last_line + 1, from_line)}", err=True)
        raise
    if as_json:
        print_json(asdict(summary))
    else:
        click.echo(
            f"Imported: {summary.imported:,}; there already: {summary.there_already:,}; mistakes: {summary.mistakes:,}"
        )
    if summary.mistakes:
        raise SystemExit(1)


def _parameters(file: TextIO) -> Firebase:
    try:
        return Firebase(**json.load(file))
    except (ValueError, TypeError):
        raise click.UsageError(
            '--firebase: {"signer_key": "…", "salt_separator": "Bw==", "rounds": 8, "mem_cost": 14}'
        ) from None


def _complaints(report: TextIO | None, summary: Summary) -> Callable[[int, str], None]:
    """What tells of each mistake: into the file, or the first of them on standard error."""

    def complain(line: int, reason: str) -> None:
        if report:
            try:
                report.write(json.dumps({"line": line, "mistake": reason}) + "\n")
                report.flush()
            except OSError as error:
                raise click.ClickException(f"--mistakes cannot be written: {error.strerror}") from None
        elif summary.mistakes <= SHOWN:
            click.echo(f"line {line}: {reason}", err=True)
        elif summary.mistakes == SHOWN + 1:
            click.echo("… --mistakes FILE takes all of them", err=True)

    return complain
