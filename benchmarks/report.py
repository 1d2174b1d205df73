"""What was measured, as tables for people."""

import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import chart, postgres
from benchmarks.peers.all import PEERS
from benchmarks.rounds import Load, Round, Sample
from settings import ROOT

PAGE = ROOT / "docs/performance.md"
PICTURE = ROOT / "docs/images/performance.svg"
SHOWN = f"![Answers to me a second, and what one costs the processors](images/{PICTURE.name})"
RESULTS = re.compile(r"(?<=<!-- results -->\n).*(?=<!-- end of results -->)", re.DOTALL)
OURS = "postern"
OTHERS = ("mercurius-jit", "naive-cached", "better-auth")  # that Postern is compared with
Found = dict[str, Round]


def tables(found: Found, url: str, load: Load, rounds: int) -> str:
    """All of it, in Markdown."""
    busy = load.connections[len(load.connections) // 2]
    parts = [
        _where(url, load, rounds),
        f"### Answers to `me` a second\n\n{_by_connections(found, load, lambda one: f'{one.rate:,.0f}')}",
        _ratios(found, load),
        _latencies(found, load),
        _costs(found, busy),
        _logins(found),
        _sizing(found, busy),
        _versions(found),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def write(found: Found, told: str, load: Load) -> None:
    """Put the tables into the page and the bars into the picture."""
    busy = load.connections[len(load.connections) // 2]
    page = PAGE.read_text()
    PAGE.write_text(RESULTS.sub(lambda _: f"\n{SHOWN}\n\n{told}\n", page))
    samples = {PEERS[name].name: one.me[busy] for name, one in found.items()}
    PICTURE.write_text(chart.drawn(samples, busy, PEERS[OURS].name))


def machine() -> str:
    """The processors of this one: `2 cores of …`."""
    models = re.findall(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{os.cpu_count()} cores of {models[0] if models else platform.machine()}"


def _where(url: str, load: Load, rounds: int) -> str:
    programs = {"Python": platform.python_version(), "Node": _said("node", "--version").lstrip("v")}
    programs |= {"PostgreSQL": postgres.version(url), "wrk": _said("wrk", "-v").split()[1]}
    return (
        f"On {datetime.now(UTC):%Y-%m-%d}, on {machine()}, "
        f"which servers, PostgreSQL and wrk shared; {platform.system()} {platform.release()}, {_listed(programs)}. "
        f"Medians of {rounds} rounds of {load.seconds} seconds."
    )


def _said(*command: str) -> str:
    """The first line that a program prints, be it a complaint."""
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "missing"
    return (told.stdout + told.stderr).partition("\n")[0]


def _by_connections(found: Found, load: Load, shown: Callable[[Sample], str]) -> str:
    rows = [[PEERS[name].name, *(shown(one.me[many]) for many in load.connections)] for name, one in found.items()]
    return _table(["connections", *map(str, load.connections)], rows)


def _latencies(found: Found, load: Load) -> str:
    shown = _by_connections(found, load, lambda one: f"{one.p50:.1f}, {one.p99:.1f}")
    return f"### How long one waits\n\nThe median and the 99th percentile, in milliseconds.\n\n{shown}"


def _ratios(found: Found, load: Load) -> str:
    rows = [
        [f"than {PEERS[name].name}", *(_times(found[OURS], found[name], many) for many in load.connections)]
        for name in OTHERS
        if {name, OURS} <= found.keys()
    ]
    return _table(["Postern answers so many times as often", *map(str, load.connections)], rows) if rows else ""


def _times(ours: Round, other: Round, connections: int) -> str:
    return f"{ours.me[connections].rate / other.me[connections].rate:.2f}"


def _costs(found: Found, busy: int) -> str:
    rows = []
    for name, one in found.items():
        sample = one.me[busy]
        both = "" if sample.both is None else f"{sample.both:,.0f}"
        figures = [f"{sample.server:,.0f}", both, f"{one.memory:,.0f}", str(one.backends)]
        rows.append([PEERS[name].name, PEERS[name].token, *figures])
    head = ["", "token", "CPU µs", "with PostgreSQL", "MiB", "connections to PostgreSQL"]
    return (
        f"### What an answer costs\n\nThe processors' time for an answer to `me` at {busy} connections, and what the "
        f"server holds afterwards.\n\n{_table(head, rows)}"
    )


def _logins(found: Found) -> str:
    rows = []
    for name, one in found.items():
        if one.login and (known := PEERS[name].hash):
            bare, spent = known.milliseconds(), one.login.server / 1000
            figures = [f"{one.login.rate:.1f}", f"{spent:.1f}", f"{bare:.1f}", f"{spent / bare:.2f}"]
            rows.append([PEERS[name].name, known.name, *figures])
    head = ["", "hash", "logins a second", "CPU ms a login", "CPU ms a bare hash", "a login in hashes"]
    return f"### Logins\n\n{_table(head, rows)}" if rows else ""


def _sizing(found: Found, busy: int) -> str:
    ours = found.get(OURS)
    if not ours or not ours.login:
        return ""
    asked = {"`me` a second": ours.me[busy], "logins a second": ours.login}
    rows = [["one core for Postern", *(f"{1e6 / one.server:,.0f}" for one in asked.values())]]
    if all(one.database for one in asked.values()):
        rows.append(["one core for PostgreSQL", *(f"{1e6 / (one.database or 1):,.0f}" for one in asked.values())])
    return (
        f"### What a core is enough for\n\n{_table(['', *asked], rows)}\n\n"
        f"A client's connection that stays open adds {ours.idle:.1f} KiB to the memory above."
    )


def _versions(found: Found) -> str:
    same: dict[str, list[str]] = {}
    for name in found:
        same.setdefault(_listed(PEERS[name].versions), []).append(PEERS[name].name)
    return "### Versions\n\n" + "\n".join(f"- {'; '.join(names)}: {versions}" for versions, names in same.items())


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---", *["---:"] * (len(lines[0]) - 1)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
