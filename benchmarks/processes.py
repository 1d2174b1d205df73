"""Servers in processes of their own: where they listen, what they cost. Linux's /proc tells."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

PATIENCE_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")  # a second of the processor
CHILDREN = Path("/proc/thread-self/children")
LISTENING = "0A"  # of a socket in /proc/net/tcp
T = TypeVar("T")


@dataclass(frozen=True)
class Server:
    """One that listens on 127.0.0.1; `pid` is that of its first process."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def status(self, name: str) -> int:
        """A number of all its processes as the kernel knows it: VmRSS and VmHWM in KiB, Threads."""
        return sum(_status(pid, name) for pid in tree(self.pid))

    def open_files(self) -> int:
        """How many files and sockets its first process holds."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))


@contextmanager
def running(folder: Path, command: Iterable[str], environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """A server that listens, on whichever port it has found free; told to stop at the end.

    Its environment is what is given and PATH. Raises RuntimeError, with its log, where it ends before.
    """
    with log.open("w") as written:
        child = subprocess.Popen(
            [*command],
            cwd=folder,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=written,
            stderr=subprocess.STDOUT,
        )

    def listening() -> int | None:
        if child.poll() is not None:
            raise RuntimeError(f"{' '.join(command)} has ended:\n{log.read_text()}")
        return next(filter(None, map(_port, tree(child.pid))), None)

    try:
        yield Server(child.pid, until(listening))
    finally:
        child.terminate()
        try:
            child.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def until(found: Callable[[], T | None]) -> T:
    """What is found, as soon as it is. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (it := found()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(found)
        time.sleep(0.05)
    return it


def tree(pid: int) -> set[int]:
    """A process and all that have come of it and live."""
    found = {pid}
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = found.union(*(tree(int(child)) for child in thread.read_text().split()))
        except OSError:  # it has ended meanwhile
            continue
    return found


def processor_seconds(pids: Iterable[int]) -> float:
    """What these processes have used of the processor so far; nothing for those that have ended."""
    return sum(sum(map(int, _stat(pid)[11:13])) for pid in pids if Path(f"/proc/{pid}").exists()) / TICKS


def needs_proc() -> None:
    """Ends where there is no /proc as Linux has it."""
    if not CHILDREN.exists():
        sys.exit("This benchmark needs Linux: it reads /proc.")


def _stat(pid: int) -> list[str]:
    """What follows the name in parentheses: the state, the parent, …, and from the twelfth on utime and stime."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _port(pid: int) -> int | None:
    """Where a process listens; nowhere where it has ended meanwhile."""
    try:
        return _listening_port(pid)
    except FileNotFoundError:
        return None


def _listening_port(pid: int) -> int | None:
    sockets = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(str(file.readlink()))
        except OSError:  # it was closed meanwhile
            continue
    if not any(socket.startswith("socket:") for socket in sockets):
        return None  # yet: to read all connections of the machine takes a while
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        (
            _,
            local,
            _,
            state,
            *_,
        ) = line.split()
        if state == LISTENING and f"socket:[{line.split()[9]}]" in sockets:
            return int(local.rpartition(":")[2], 16)
    return None
