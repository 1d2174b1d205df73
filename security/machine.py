"""What of the machine this process may use: the kernel's word, and that of the container that it may run in."""

import os
import sys
import threading
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")  # version 2; where there is none, nothing limits
YIELDING = 10  # sched(7): a tenth of what others get of a processor that they want too


def cores() -> int:
    """How many threads can run at the same time, at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _limit("cpu.max").partition(" ")
    return max(1, min(allowed, int(quota) // int(period))) if quota.isdigit() else allowed


def memory_kib() -> int:
    """How much memory there is, free or not, in KiB."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _limit("memory.max")
    return (min(installed, int(limit)) if limit.isdigit() else installed) // 1024


def yield_to_others() -> None:
    """Have this thread, not its process, wait for whoever else wants the processor, where the system can do that."""
    if sys.platform == "linux":  # elsewhere a process has one priority
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), YIELDING)


def _limit(name: str) -> str:
    try:
        return (CGROUP / name).read_text().strip()
    except OSError:
        return ""
