"""What does a start cost, until the server says that it serves? `python -m benchmarks.startup [starts]`.

On SQLite and on PostgreSQL, each migrated before. Wall time and processors' time of the least of so many starts, in
turns, for whatever else the machine does only adds to them; and the memory that is held then.
"""

import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import postern, postgres
from benchmarks.peers.own import NOBODY
from benchmarks.processes import needs_proc, processor_seconds, running, tree, until
from settings import ROOT

STARTS = 6


@dataclass(frozen=True)
class Start:
    """Seconds, those of processors, and MiB."""

    wall: float
    processors: float
    memory: float


def start(folder: Path, url: str) -> Start:
    """Start a server, wait until it serves, and stop it."""
    settings = {"DATA_DIR": str(folder), "PORT": "0", "DATABASE_URL": url, "SMTP_URL": NOBODY, **postern.PATIENT}
    log, began = folder / "log", time.monotonic()
    with running(folder, [sys.executable, str(ROOT / "main.py")], settings, log) as server:
        until(lambda: "serving" in log.read_text() or None)
        wall = time.monotonic() - began
        return Start(wall, processor_seconds(tree(server.pid)), server.status("VmRSS") / 1024)


def main() -> None:
    """Print the figures."""
    needs_proc()
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else STARTS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(postgres.fresh(postgres.server(None), "startup"))
        urls = {"SQLite": f"sqlite://{folder}/db", "PostgreSQL": database.url}
        found: dict[str, list[Start]] = {name: [] for name in urls}
        for number in range(starts + 1):
            for name, url in urls.items():
                one = start(folder, url)
                if number:  # the first has migrated
                    found[name].append(one)
    for name, those in found.items():
        least = [min(getattr(one, figure) for one in those) for figure in ("wall", "processors", "memory")]
        print("{:12} {:5.2f} s, {:5.2f} s of processors, {:4.0f} MiB".format(name, *least))


if __name__ == "__main__":
    main()
