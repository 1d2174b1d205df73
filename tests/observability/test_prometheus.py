"""a real Prometheus scrapes a real Postern of several processes, whatever becomes of these"""

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import which

import httpx2
import pytest

from settings import ROOT
from tests.observability.prometheus import Prometheus, queries_of_the_dashboard, scraping
from tests.support.ports import free_port
from tests.support.postern import ME
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, Process, serving

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.needs(which("prometheus") and which("promtool"), "prometheus or promtool is missing"),
]

DEPLOY = ROOT / "deploy" / "prometheus"
PROCESSES = 3
ASKED = 300
NAME = re.compile(r"\b(?:postern|process|python)_\w+")
ALERTS = re.findall(r"alert: (\w+)", (DEPLOY / "alerts.yml").read_text())
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")


@pytest.fixture
async def server(tmp_path: Path, post: PostOffice, database_url: str) -> AsyncIterator[Process]:
    port = free_port()
    given = {"METRICS_PORT": str(port), "WEB_CONCURRENCY": str(PROCESSES), "REDIS_URL": f"{REDIS}/14"}
    async with serving(tmp_path, post, DATABASE_URL=database_url, SECRET_KEY="s" * 32, **given) as server:
        await server.says("telling_metrics", PROCESSES)
        yield server


@pytest.fixture
async def prometheus(tmp_path: Path, server: Process) -> AsyncIterator[Prometheus]:
    async with scraping(tmp_path, ports(server)) as prometheus:
        await prometheus.until('sum(up{job="postern"})', PROCESSES)
        yield prometheus


def ports(server: Process) -> range:
    first = min(int(line.rpartition("port=")[2]) for line in telling(server))
    return range(first, first + PROCESSES)


def telling(server: Process) -> list[str]:
    plain = re.sub(r"\x1b\[[\d;]*m", "", server.log)
    return [line for line in plain.splitlines() if "telling_metrics" in line]


def workers(server: Process) -> list[int]:
    """The processes that serve: those that the server's own has made anew."""
    pids = Path(f"/proc/{server.child.pid}/task/{server.child.pid}/children").read_text().split()
    return [int(pid) for pid in pids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


async def lives(server: Process) -> None:
    """What happens on an ordinary day, and a little of what should not."""
    session = await server.joined()
    for _ in range(30):
        await server.ask(ME, token=session["accessToken"])
        await server.login(password="not the right one")
        await server.ask("{ me { id } __schema { types { name } } }")


@pytest.mark.parametrize("dialect", ["postgres"])
async def test_prometheus_finds_every_metric_that_the_dashboard_and_the_alerts_name(
    server: Process, prometheus: Prometheus
) -> None:
    await lives(server)
    await prometheus.until('sum(postern_graphql_operation_seconds_count{operation="login", outcome="problem"})', 30)
    await prometheus.until('sum(postern_letters_total{outcome="delivered"})', 1)
    rules = (DEPLOY / "alerts.yml").read_text()
    queries = [
        *queries_of_the_dashboard(),
        *re.findall(r"expr: (?:>\n)?((?:.*\n)+?)(?=        for|        labels)", rules),
    ]
    named = set(NAME.findall(" ".join(queries)))
    assert len(named) > 25
    scraped = {series["metric"]["__name__"] for series in await prometheus.ask('{__name__=~".+", job="postern"}')}
    assert named - scraped == set()
    for query in queries_of_the_dashboard():
        await prometheus.ask(query)
    assert await prometheus.number("max(postern_processes)") == PROCESSES
    assert await prometheus.number("count(count by (instance) (process_start_time_seconds))") == PROCESSES
    assert await prometheus.ask('ALERTS{alertstate="firing"}') == []


@pytest.mark.parametrize("dialect", ["postgres"])
async def test_a_process_that_is_killed_is_missed_and_the_next_one_takes_its_port(
    server: Process, prometheus: Prometheus
) -> None:
    pids = workers(server)
    assert len(pids) == PROCESSES
    before = await prometheus.number("sum(process_start_time_seconds)")
    for pid in pids[:2]:
        os.kill(pid, signal.SIGKILL)
    await server.says("telling_metrics", PROCESSES + 2)
    assert len({re.sub(r".*port=", "", line) for line in telling(server)}) == PROCESSES
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await prometheus.number("sum(process_start_time_seconds)") > before:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await prometheus.until('sum(up{job="postern"})', PROCESSES)


@pytest.mark.parametrize("dialect", ["postgres"])
async def test_who_scrapes_without_end_keeps_nobody_waiting_and_loses_no_count(server: Process) -> None:
    session = await server.joined()
    over = asyncio.Event()

    async def scrape(port: int) -> int:
        times = 0
        async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS) as http:
            while not over.is_set():
                (await http.get(f"http://127.0.0.1:{port}/metrics")).raise_for_status()
                times += 1
        return times

    scrapers = [asyncio.create_task(scrape(port)) for port in ports(server) for _ in range(3)]
    for _ in range(ASKED):
        assert (await server.ask(ME, token=session["accessToken"]))["data"]["me"]
    over.set()
    assert sum(await asyncio.gather(*scrapers)) > PROCESSES
    async with httpx2.AsyncClient() as http:
        texts = [(await http.get(f"http://127.0.0.1:{port}/metrics")).text for port in ports(server)]
    pattern = r'^postern_graphql_operation_seconds_count\{operation="me",outcome="ok"\} (\S+)$'
    assert sum(float(found) for text in texts for found in re.findall(pattern, text, re.MULTILINE)) == ASKED


def test_promtool_finds_nothing_wrong_and_each_alert_fires_when_it_should() -> None:
    tool = ("promtool",)
    for command in (
        ("check", "config", "deploy/prometheus/prometheus.yml"),
        ("test", "rules", "tests/observability/alerts.yml"),
    ):
        ended = subprocess.run([*tool, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    tests = (ROOT / "tests/observability/alerts.yml").read_text()
    for alert in ALERTS:
        assert re.search(rf"alertname: {alert}\n +exp_alerts:", tests), f"no test has {alert} fire"
        assert f"{{ eval_time: 60m, alertname: {alert} }}" in tests, f"no test has {alert} keep still"


def test_each_alert_has_its_place_in_the_documents() -> None:
    headings = re.findall(r"^### (\w+)$", (ROOT / "docs/observability.md").read_text(), re.MULTILINE)
    assert headings == ALERTS
    rules = (DEPLOY / "alerts.yml").read_text()
    assert re.findall(r"runbook: docs/observability.md#(\w+)", rules) == [alert.lower() for alert in ALERTS]
