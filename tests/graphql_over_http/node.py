"""Programs in Node that speak to a server."""

import asyncio
import shutil
from pathlib import Path

import pytest

from settings import ROOT

needs_node = pytest.mark.needs(
    bool(shutil.which("node") and (ROOT / "node_modules/graphql-http").is_dir()), "npm ci has not been run"
)


async def node(script: Path, *arguments: str) -> tuple[int | None, str]:
    """The exit status of a script and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        "node", script, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode().strip()
