"""What does a login cost the processors beyond the hash of its password? `python -m benchmarks.logins [turns]`.

Logins in this process, as in `benchmarks.inside`, in turns with as many bare hashes on as many threads as the server
has for them: whatever else the machine does is done to both. Of each the least and the lower quartile count, for other
work only adds to them. What the event loop's own thread has used is all that is not the hash, but for PostgreSQL's.
"""

import gc
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import uvloop

from benchmarks import hashes
from benchmarks.inside import Client, asked, connected, prepared
from security.passwords import usual_workers
from settings import Settings

TURNS = 40
ON_EACH_THREAD = 4


@dataclass
class Times:
    """Milliseconds of processors, one for each turn."""

    logins: list[float] = field(default_factory=list)
    hashes: list[float] = field(default_factory=list)
    loop: list[float] = field(default_factory=list)


async def measured(settings: Settings, requests: list[bytes], turns: int) -> Times:
    """What a login and a bare hash take, and what of the login is the event loop's."""
    threads, times = usual_workers(settings), Times()
    with ThreadPoolExecutor(threads) as pool:
        async with connected(settings, requests) as clients:
            for _ in range(turns):
                login, loop = await _logins(clients)
                times.logins.append(login)
                times.loop.append(loop)
                times.hashes.append(_hashes(pool, len(requests)))
    return times


async def _logins(clients: list[Client]) -> tuple[float, float]:
    gc.collect()
    started = time.process_time(), time.thread_time()
    await asked(clients)
    used = time.process_time() - started[0], time.thread_time() - started[1]
    return used[0] / len(clients) * 1000, used[1] / len(clients) * 1000


def _hashes(pool: ThreadPoolExecutor, count: int) -> float:
    started = time.process_time()
    list(pool.map(lambda _: hashes.POSTERN.compute(), range(count)))
    return (time.process_time() - started) / count * 1000


def main() -> None:
    """Print the figures."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    with prepared(ON_EACH_THREAD * usual_workers(Settings(_env_file=None))) as (settings, people):
        times = uvloop.run(measured(settings, [person.login for person in people], turns))
    taken = {"a login": times.logins, "a bare hash": times.hashes, "of a login, the event loop": times.loop}
    figures = {name: (min(all_of), statistics.quantiles(all_of, n=4)[0]) for name, all_of in taken.items()}
    print(f"CPU milliseconds, of {turns} turns     least   lower quartile")
    for name, (least, lower) in figures.items():
        print(f"{name:30} {least:9.2f} {lower:16.2f}")
    ratios = (login / bare for login, bare in zip(figures["a login"], figures["a bare hash"], strict=True))
    print("{:30} {:9.3f} {:16.3f}".format("a login in hashes", *ratios))


if __name__ == "__main__":
    main()
