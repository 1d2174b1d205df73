"""benchmarks/: from end to end in a tiny form, and not one wrong answer is overlooked"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import wrk
from benchmarks.peers.peer import Request
from benchmarks.processes import CHILDREN, Server, running
from settings import ROOT
from tests.support.databases import Databases

pytestmark = [
    pytest.mark.needs(shutil.which("wrk"), "wrk is missing"),
    pytest.mark.needs(CHILDREN.exists(), "there is no /proc as Linux has it"),
]
TINY = ["--only", "postern", "--connections", "1", "--seconds", "1", "--warm-up", "0", "--rounds", "1", "--people", "2"]
SERVE = (sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1", "--protocol", "HTTP/1.1")
PAGE = Request("GET", "/page").raw()
ABSENT = Request("GET", "/absent").raw()


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Server]:
    """A server that has one page, and says `right` there."""
    (tmp_path / "page").write_text("right")
    with running(tmp_path, SERVE, {}, tmp_path / "log") as server:
        yield server


def test_me_and_logins_are_measured_from_end_to_end(all_databases: Databases) -> None:
    command = (sys.executable, "-m", "benchmarks.me", *TINY, "--postgres", all_databases.server.url)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^\| Postern \| (.+) \|$", done.stdout, re.MULTILINE)
    rate, latency, cost, login = (row.split(" | ") for row in rows)
    assert float(rate[0].replace(",", "")) > 0
    assert len(latency[0].split(", ")) == 2
    assert float(cost[1].replace(",", "")) > 0
    assert login[0] == "Argon2id, 19 MiB, t=2, p=1"
    assert float(login[4]) > 0.5, "a login without its hash"


def test_an_answer_that_is_right_counts(pages: Server) -> None:
    answered = wrk.load(pages.url, [PAGE], 1, 1, answers=["right"])
    assert answered.requests > 0
    assert 0 < answered.p50 <= answered.p99
    assert wrk.load(pages.url, [PAGE], 1, 1, answers=(), fragment="igh").requests > 0


@pytest.mark.parametrize(
    ("requests", "answers"), [([PAGE], ["wrong"]), ([PAGE, ABSENT], ["right"])], ids=["another", "another status"]
)
def test_one_wrong_answer_ends_it(pages: Server, requests: list[bytes], answers: list[str]) -> None:
    with pytest.raises(wrk.WrongAnswer, match="wrong"):
        wrk.load(pages.url, requests, 1, 1, answers=answers)
