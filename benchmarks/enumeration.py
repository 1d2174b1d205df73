"""Do answers take the same time whatever is known of an address? `python -m benchmarks.enumeration [tries]`.

Starts a server of its own, with the hash of production, on SQLite or on the DATABASE_URL of the environment.
"""

import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2

from settings import ROOT

PASSWORD = "a quiet gate at dusk"  # noqa: S105
TRIES = 200
REGISTER = "mutation ($input: RegisterInput!) { result: register(input: $input) { __typename } }"
RESEND = "mutation ($input: ResendConfirmationInput!) { result: resendConfirmation(input: $input) { __typename } }"
LOGIN = "mutation ($input: LoginInput!) { result: login(input: $input) { __typename } }"

Try = Callable[[int], str]


@contextmanager
def server() -> Iterator[httpx2.Client]:
    """A client of a fresh server, which ends with it."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = {**os.environ, "PORT": str(port), "DATA_DIR": folder, "LOG_LEVEL": "warning"}
        process = subprocess.Popen([sys.executable, "main.py"], cwd=ROOT, env=environment)
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                _until(lambda: _answers(client))
                yield client
        finally:
            process.terminate()
            process.wait()


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200  # noqa: PLR2004
    except httpx2.TransportError:
        return False


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def main() -> None:
    """Print the medians of each operation for each kind of address, and how far they lie apart."""
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else TRIES
    with server() as client:

        def do(query: str, **inputs: str) -> str:
            answer = client.post("/graphql", json={"query": query, "variables": {"input": inputs}}).json()
            return str(answer["data"]["result"]["__typename"])

        run = f"{time.time_ns()}"
        confirmed, waiting = f"ann{run}@example.com", f"ben{run}@example.com"
        do(REGISTER, email=waiting, password=PASSWORD)
        do(REGISTER, email=confirmed, password=PASSWORD)
        _confirm(client, confirmed)
        for name, cases in {
            "login": {
                "unknown address": lambda n: do(LOGIN, email=f"nobody{n}@example.com", password=PASSWORD),
                "wrong password": lambda n: do(LOGIN, email=confirmed, password=f"{PASSWORD}{n}"),
                "not confirmed": lambda n: do(LOGIN, email=waiting, password=f"{PASSWORD}{n}"),
                "not confirmed, right password": lambda _: do(LOGIN, email=waiting, password=PASSWORD),
            },
            "register": {
                "free address": lambda n: do(REGISTER, email=f"new{run}.{n}@example.com", password=PASSWORD),
                "taken, not confirmed": lambda _: do(REGISTER, email=waiting, password=PASSWORD),
                "taken, confirmed": lambda _: do(REGISTER, email=confirmed, password=PASSWORD),
            },
            "resendConfirmation": {
                "unknown address": lambda n: do(RESEND, email=f"nobody{n}@example.com"),
                "not confirmed": lambda _: do(RESEND, email=waiting),
                "confirmed": lambda _: do(RESEND, email=confirmed),
            },
        }.items():
            _compare(name, cases, tries)


def _confirm(client: httpx2.Client, email: str) -> None:
    _until(lambda: email in client.get("/mailbox").text)
    path = re.findall(r'href="(/mailbox/[^"]+)"', client.get("/mailbox").text)[0]
    token = re.findall(r"token=([\w-]+)", client.get(f"{path}?view=text").text)[0]
    client.post("/confirm-email", json={"token": token}).raise_for_status()


def _compare(name: str, cases: dict[str, Try], tries: int) -> None:
    milliseconds: dict[str, list[float]] = {case: [] for case in cases}
    answers = {case: once(-1) for case, once in cases.items()}  # and the caches are warm
    turns = [(case, n) for case in cases for n in range(tries)]
    random.shuffle(turns)
    for case, n in turns:
        started = time.perf_counter()
        cases[case](n)
        milliseconds[case].append((time.perf_counter() - started) * 1000)
    medians = {case: statistics.median(times) for case, times in milliseconds.items()}
    apart = (max(medians.values()) / min(medians.values()) - 1) * 100
    print(f"\n{name}: {tries} tries each, in random turns; the medians lie {apart:.1f} % apart")
    for case, median in medians.items():
        p95 = statistics.quantiles(milliseconds[case], n=20)[-1]
        print(f"  {case:32} median {median:7.2f} ms   p95 {p95:7.2f} ms   {answers[case]}")


if __name__ == "__main__":
    main()
