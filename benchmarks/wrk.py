"""The load: wrk, one thread of it, and not one wrong answer."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".lua")
FIGURES = re.compile(r"^FIGURES (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+) (\d+) (.*)$", re.MULTILINE)
LONGEST_SHOWN = 300  # characters of a wrong answer


@dataclass(frozen=True)
class Answered:
    """How many requests were answered in how many seconds, and the latencies in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float


class WrongAnswer(Exception):  # noqa: N818
    """What came instead of a right answer, and how often."""


def needs_wrk() -> None:
    """Ends where wrk is missing."""
    if not shutil.which("wrk"):
        sys.exit("This benchmark needs wrk, which makes the load: apt-get install wrk, or github.com/wg/wrk.")


def load(
    url: str, requests: Iterable[bytes], connections: int, seconds: int, *, answers: Iterable[str], fragment: str = ""
) -> Answered:
    """Send the requests in turn over so many connections; right is a 200 with one of the answers or the fragment.

    Raises WrongAnswer where any was not, or a connection failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = {"REQUESTS": Path(folder) / "requests", "ANSWERS": Path(folder) / "answers"}
        files["REQUESTS"].write_bytes(b"\0".join(requests))
        files["ANSWERS"].write_text("\0".join(answers))
        environment = {"PATH": os.environ["PATH"], **{name: str(file) for name, file in files.items()}}
        if fragment:
            environment["FRAGMENT"] = fragment
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", str(SCRIPT)]
        command = ["wrk", *options, url]
        told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    found = FIGURES.search(told)
    if not found:
        raise WrongAnswer(told)
    answered, microseconds, p50, p99, failed, wrong = map(float, found.groups()[:6])
    if not answered:
        raise WrongAnswer(f"none at all within {seconds} s")
    if failed or wrong:
        raise WrongAnswer(f"{wrong:.0f} wrong, {failed:.0f} failed of {answered:.0f}: {found[7][:LONGEST_SHOWN]}")
    return Answered(int(answered), microseconds / 1e6, p50 / 1000, p99 / 1000)
