"""What several nodes share: Redis, and figures that are told at the end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import which

import pytest

from tests.nodes.figures import measured
from tests.support.ports import free_port
from tests.support.process import PATIENCE_SECONDS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in measured:
        terminalreporter.write_line(line)


@pytest.fixture
async def redis_url(tmp_path: Path) -> AsyncIterator[str]:
    """A Redis of this test's own."""
    program, port = which("redis-server"), free_port()
    assert program, "redis-server is missing"
    settings = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path))
    child = await asyncio.create_subprocess_exec(program, *settings, stdout=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    break
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        child.terminate()
        await child.wait()
