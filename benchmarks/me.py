"""How quickly does Postern say who somebody is, beside what people would use instead?

Each server is one process, as in production and with the settings that its documentation calls fast, on the same
PostgreSQL; each checks a token and reads session and user for every answer, and wrk holds every answer against the
right one. In turns, started anew each time; the figures are medians.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import postgres, processes, report, wrk
from benchmarks.peers.all import PEERS
from benchmarks.peers.peer import Person
from benchmarks.rounds import Load, Round, Subject, middle


def main() -> None:
    """Print the tables; `--write` puts them into docs/."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without ending the servers
    processes.needs_proc()
    wrk.needs_wrk()
    names = options.only or list(PEERS)
    for name in names:
        PEERS[name].install()
    url = postgres.server(options.postgres)
    load = Load(tuple(options.connections), options.seconds, options.warm_up)
    with ExitStack() as stack:
        people = [Person(f"n{number}@example.com", f"N{number}") for number in range(options.people)]
        subjects = {name: _prepared(stack, url, name, people) for name in names}
        found = {name: middle(rounds) for name, rounds in _rounds(subjects, load, options.rounds).items()}
    told = report.tables(found, url, load, options.rounds)
    sys.stdout.write(f"\n{told}")
    if options.write:
        report.write(found, told, load)


def _prepared(stack: ExitStack, url: str, name: str, people: list[Person]) -> Subject:
    _say(f"{name}: making accounts")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    database = stack.enter_context(postgres.fresh(url, name))
    PEERS[name].prepare(folder, database, people)
    return Subject(PEERS[name], folder, database, people)


def _rounds(subjects: dict[str, Subject], load: Load, count: int) -> dict[str, list[Round]]:
    """All rounds of each, in turns, every other time from the last to the first."""
    rounds: dict[str, list[Round]] = {name: [] for name in subjects}
    for number in range(count):
        for name in list(subjects)[:: -1 if number % 2 else 1]:
            with _named(name):
                rounds[name].append(subjects[name].measure(load))
            rates = ", ".join(f"{sample.rate:,.0f}/s at {many}" for many, sample in rounds[name][-1].me.items())
            _say(f"round {number + 1} of {count}, {name}: {rates}")
    for name, subject in subjects.items():
        with _named(name):
            subject.close()
    return rounds


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Ends where an answer is wrong, and says whose it was."""
    try:
        yield
    except wrk.WrongAnswer as error:
        sys.exit(f"{name} does not answer as it should: {error}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.me", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PEERS, metavar="NAME", help=f"of {', '.join(PEERS)}")
    parser.add_argument("--connections", nargs="+", type=int, default=[1, 16, 64], help="(default: 1 16 64)")
    parser.add_argument("--seconds", type=int, default=5, help="for each number of connections (default: 5)")
    parser.add_argument("--warm-up", type=int, default=2, help="seconds before anything counts (default: 2)")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts (default: 5)")
    parser.add_argument("--people", type=int, default=64, help="who ask in turn (default: 64)")
    parser.add_argument("--postgres", metavar="URL", help="a server where databases may be made (default: a local one)")
    parser.add_argument("--write", action="store_true", help="put the tables and the chart into docs/")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write is for all of them")
    return options


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
