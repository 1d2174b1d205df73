"""A real Prometheus on a free port."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from settings import ROOT
from tests.support.ports import free_port
from tests.support.process import PATIENCE_SECONDS

CONFIGURATION = ROOT / "deploy" / "prometheus" / "prometheus.yml"
DOCUMENTED_PORTS = (9464, 9465, 9466, 9467)


@dataclass(frozen=True)
class Prometheus:
    """Scrapes every half second."""

    http: httpx2.AsyncClient

    async def ask(self, query: str) -> list[dict[str, Any]]:
        """The series that a query finds now. Raises AssertionError for one that Prometheus does not understand."""
        answer = (await self.http.get("/api/v1/query", params={"query": query})).json()
        assert answer["status"] == "success", (query, answer)
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    async def number(self, query: str) -> float:
        """The only value that a query finds; that of nothing is none."""
        found = await self.ask(query)
        return float(found[0]["value"][1]) if found else float("nan")

    async def until(self, query: str, value: float) -> None:
        """Come back when the query finds this value."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.number(query) != value:  # noqa: ASYNC110 - Prometheus wakes nobody
                await asyncio.sleep(0.1)


@asynccontextmanager
async def scraping(folder: Path, ports: range) -> AsyncIterator[Prometheus]:
    """By the configuration of deploy/, but for its ports and for how often; ended at the end."""
    text = (
        CONFIGURATION.read_text()
        .replace("15s", "500ms")
        .replace("alerts.yml", str(CONFIGURATION.parent / "alerts.yml"))
    )
    for documented in DOCUMENTED_PORTS:
        replaced = f"          - 127.0.0.1:{documented}\n"
        assert replaced in text
        text = text.replace(replaced, "")
    targets = "".join(f"          - 127.0.0.1:{port}\n" for port in ports)
    (folder / "prometheus.yml").write_text(text.replace("- targets:\n", f"- targets:\n{targets}"))
    port = free_port()
    child = await asyncio.create_subprocess_exec(
        *("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as http:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await _is_ready(http):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            yield Prometheus(http)
    finally:
        child.terminate()
        await child.wait()


async def _is_ready(http: httpx2.AsyncClient) -> bool:
    try:
        return (await http.get("/-/ready")).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


def queries_of_the_dashboard() -> list[str]:
    """Every query of it, of all jobs, as Grafana would ask it."""
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "postern.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    return [query.replace("$__rate_interval", "1m").replace("$job", ".+") for query in asked]
