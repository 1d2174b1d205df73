"""Dockerfile: what goes into the image is enough to serve, by the commands that stand in it"""

import asyncio
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from settings import ROOT
from tests.support.blank import give
from tests.support.ports import free_port
from tests.support.process import PATIENCE_SECONDS
from tests.test_house import ROOMS

pytestmark = pytest.mark.anyio

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
COMMANDS = dict(re.findall(r"(?m)^(ENTRYPOINT|CMD|HEALTHCHECK) (?:.* CMD )?(\[.+\])$", DOCKERFILE))
TAKEN = re.findall(r"(?m)^!(.+)$", (ROOT / ".dockerignore").read_text())


def command(name: str) -> list[str]:
    """What `NAME […]` says."""
    return [str(word) for word in json.loads(COMMANDS[name])]


def image(folder: Path) -> Path:
    """The server's folder as the last stage has it."""
    for path in (path for pattern in TAKEN for path in ROOT.glob(pattern)):
        if path.is_dir():
            shutil.copytree(path, folder / path.name)  # with what is compiled, as there
        else:
            shutil.copy2(path, folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def test_every_room_of_the_server_goes_into_the_image() -> None:
    assert {room for room in ROOMS if (ROOT / room).is_dir()} - set(TAKEN) == set()


async def test_the_image_serves_and_its_health_check_tells_when_it_does_and_when_it_does_not(tmp_path: Path) -> None:
    folder = image(tmp_path)
    data = tmp_path / "data"
    give(f"sqlite://{data}/postern.sqlite3")
    environment = {"PATH": os.environ["PATH"], "PORT": str(free_port()), "DATA_DIR": str(data)}

    async def started(name: str, *more: str) -> asyncio.subprocess.Process:
        words = [*command(name), *more]
        return await asyncio.create_subprocess_exec(
            *words, cwd=folder, env=environment, stderr=asyncio.subprocess.DEVNULL
        )

    async def healthy() -> bool:
        return await (await started("HEALTHCHECK")).wait() == 0

    assert not await healthy()
    server = await started("ENTRYPOINT", *command("CMD"))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await healthy():
                assert server.returncode is None
        server.terminate()
        assert await server.wait() == 0
    finally:
        if server.returncode is None:
            server.kill()
    assert not await healthy()
