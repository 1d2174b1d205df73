"""What is counted while the server runs: plain numbers, which `web/scraping/` tells Prometheus where that is wanted.

A label has one of a few values that are ours: nothing that a client chooses, or the memory is theirs to fill.
"""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

# Upper bounds in seconds: those that Prometheus' own clients have, for what takes milliseconds as well as seconds.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Count:
    """How often something has happened since the start, by the values of its labels."""

    name: str
    about: str
    labels: tuple[str, ...]
    values: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def expect(self, *values: str) -> None:
        """Tell of these from the start, as 0: what appears with its first time shows Prometheus no increase."""
        self.values.setdefault(values, 0)

    def add(self, *values: str) -> None:
        """Once more."""
        self.values[values] += 1


@dataclass(frozen=True)
class Times:
    """How long something took: for each of BOUNDS how often at most so long, then how often longer, then the sum."""

    name: str
    about: str
    labels: tuple[str, ...]
    values: dict[tuple[str, ...], list[float]] = field(default_factory=dict)

    def note(self, seconds: float, *values: str) -> None:
        """Once more, and it took so long."""
        tally = self.values.get(values)
        if tally is None:
            tally = self.values[values] = [0.0] * (len(BOUNDS) + 2)
        tally[bisect_left(BOUNDS, seconds)] += 1
        tally[-1] += seconds


requests = Times(
    "postern_http_request_seconds",
    "How long answers took, by the pattern of their address and the class of their status.",
    ("method", "path", "status"),
)
operations = Times(
    "postern_graphql_operation_seconds",
    "How long the execution of operations took, by root field; of several fields, it counts for each.",
    ("operation", "outcome"),
)
problems = Count("postern_graphql_problems", "Problems answered in place of what was asked for.", ("type",))
errors = Count("postern_graphql_errors", "Top-level errors, by code.", ("code",))
prepared = Count(
    "postern_graphql_operations_prepared",
    "Operations that were new to the process: compiled (plan), or left to graphql-core.",
    ("engine",),
)
events = Count("postern_events", "What has happened, as the security log has it.", ("event", "reason"))
throttled = Count("postern_throttled", "Attempts refused by a limit.", ("limit",))
letters = Count("postern_letters", "What became of letters at a try.", ("kind", "outcome"))
password_wait_seconds = Times("postern_password_wait_seconds", "How long passwords queued, in seconds.", ())
password_work_seconds = Times(
    "postern_password_work_seconds", "How long hashing or judging one took, in seconds.", ()
)  # fmt: skip

COUNTS = (problems, errors, prepared, events, throttled, letters)
TIMES = (requests, operations, password_wait_seconds, password_work_seconds)
