"""The table in docs/reliability.md."""

import os
import re
from datetime import UTC, datetime

from benchmarks.report import machine
from settings import ROOT
from tests.chaos.faults import Fault

PAGE = ROOT / "docs/reliability.md"
MEASURED = re.compile(r"(?<=<!-- measured -->\n).*(?=<!-- end of measured -->)", re.DOTALL)
ALL = 500
KILLS = int(os.environ.get("CHAOS_KILLS", "40"))
WHOLE = KILLS >= 100  # with fewer it is the short form: no back-off is waited for, and nothing is written


def table(faults: list[Fault]) -> str:
    """The faults, in Markdown."""
    head = "| fault | answers | slowest | over after | what was there at the end |\n| --- | --- | --: | --: | --- |"
    rows = [
        f"| {one.name} | {one.seen} | {one.slowest:.1f} s | {_seconds(one.recovered)} | {one.kept} |" for one in faults
    ]
    return "\n".join([head, *rows])


def write(faults: list[Fault]) -> None:
    """Put the table in, with when and on what it was measured."""
    command = f"make chaos KILLS={KILLS}" if KILLS != ALL else "make chaos"
    told = f"\nMeasured on {datetime.now(UTC):%Y-%m-%d} by `{command}`, on {machine()}.\n\n{table(faults)}\n\n"
    PAGE.write_text(MEASURED.sub(lambda _: told, PAGE.read_text()))


def _seconds(recovered: float | None) -> str:
    return "" if recovered is None else f"{recovered:.1f} s"
