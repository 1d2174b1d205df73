"""Servers that are started as a shell would: of another version, or by another clock."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from settings import Settings
from tests.support.ports import free_port
from tests.support.postern import HOOKS
from tests.support.postoffice import PostOffice
from tests.support.process import CHEAP, PATIENCE_SECONDS, Process


@asynccontextmanager
async def serving_from(repository: Path, folder: Path, post: PostOffice, **environment: str) -> AsyncIterator[Process]:
    """The server of that repository, by the libraries of this one; its log is in the folder."""
    port = free_port()
    given = {"PATH": os.environ["PATH"], "PORT": str(port), "DATA_DIR": str(folder / "var"), "SMTP_URL": post.url}
    with (log := folder / f"{port}.log").open("wb") as file:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "main.py", cwd=repository, env=given | CHEAP | environment, stdout=file, stderr=file
        )
    known = Settings(_env_file=None, port=port, data_dir=folder / "var")
    try:
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS, event_hooks=HOOKS
        ) as http:
            process = Process(known, http, post, child, log)  # type: ignore[arg-type]
            await process.says("serving ")
            yield process
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
