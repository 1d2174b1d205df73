"""A real nginx with the documented configuration, its ports and paths replaced."""

import asyncio
import os
import re
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from settings import ROOT
from tests.support.certificates import certificate

CONFIGURATION = ROOT / "docs/nginx.conf"
PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PATIENCE_SECONDS = 20
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")

needs_nginx = pytest.mark.needs(bool(PROGRAM), "nginx is not installed (package nginx-light)")


@dataclass(frozen=True)
class Nginx:
    """Its two ports, its logs, and what a client needs to trust it."""

    http_port: int
    https_port: int
    folder: Path
    trust: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://localhost:{self.https_port}"

    @property
    def access_log(self) -> str:
        return (self.folder / "postern.log").read_text()

    @property
    def logs(self) -> str:
        return "".join(file.read_text() for file in self.folder.glob("*.log"))

    async def logged(self, words: str, times: int = 1) -> None:
        """Come back when the access log has these words so often: a line is written after its answer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.access_log.count(words) < times:  # noqa: ASYNC110 - a file wakes nobody
                await asyncio.sleep(0.01)


@asynccontextmanager
async def nginx(
    folder: Path, http_port: int, https_port: int, *upstream_ports: int, **changes: str
) -> AsyncIterator[Nginx]:
    """nginx in front of ports of this machine, from its start to its clean end; `changes` are directives' values."""
    assert PROGRAM
    trust = ssl.create_default_context(cafile=str(certificate(folder, "localhost")))
    file = folder / "nginx.conf"
    file.write_text(_configuration(folder, http_port, https_port, upstream_ports, changes))
    child = await asyncio.create_subprocess_exec(
        PROGRAM, "-c", file, "-p", folder, "-g", "daemon off;", stderr=asyncio.subprocess.PIPE
    )
    try:
        await _listens(child, https_port)
        yield Nginx(http_port, https_port, folder, trust)
    finally:
        if child.returncode is None:
            child.terminate()
        await child.communicate()


def _configuration(
    folder: Path, http_port: int, https_port: int, upstream_ports: tuple[int, ...], changes: dict[str, str]
) -> str:
    text = CONFIGURATION.read_text()
    replaced = {
        r".*\[::\].*\n": "",
        r"listen 80\b": f"listen 127.0.0.1:{http_port}",
        r"listen 443\b": f"listen 127.0.0.1:{https_port}",
        r"server 127\.0\.0\.1:8000;": "\n".join(f"server 127.0.0.1:{port};" for port in upstream_ports),
        r"/etc/letsencrypt/live/accounts\.example\.com": str(folder),
        r"https://accounts\.example\.com": f"https://localhost:{https_port}",
        r"accounts\.example\.com": "localhost",
        r"/var/www(?=/html)": str(folder),
        r"/var/log/nginx|/run(?=/nginx\.pid)": str(folder),
        r"(?m)^http \{": "http {" + "".join(f"\n{name}_temp_path {folder}/{name};" for name in TEMPORARY),
        **{rf"\b{name} [^;]+;": f"{name} {value};" for name, value in changes.items()},
    }
    for pattern, replacement in replaced.items():
        text, count = re.subn(pattern, replacement, text)
        assert count, f"nothing like {pattern} in {CONFIGURATION}"
    return text


async def _listens(child: asyncio.subprocess.Process, port: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if child.returncode is not None:
                pytest.fail((await child.communicate())[1].decode())
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
