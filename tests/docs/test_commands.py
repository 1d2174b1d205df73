"""README.md, SECURITY.md, CONTRIBUTING.md and docs/: the commands that stand in their sentences

Those of `postern` are run by tests/cli/test_documents.py.
"""

import asyncio
import os
import re
from pathlib import Path

import pytest

from settings import ROOT
from tests.docs.blocks import PAGES, code
from tests.docs.reader import PATH, needs_shell

pytestmark = [pytest.mark.anyio, needs_shell]
PROGRAMS = ("curl", "git", "journalctl", "make", "npm", "openssl", "pip", "psql", "systemctl", "uvicorn")
COMMAND = re.compile(rf"(?:{'|'.join(PROGRAMS)}|pg_\w+|python3?|\.venv/bin/\w+)(?: .*)?")
NOT_HERE = {
    ".venv/bin/pip install --require-hashes -r requirements-tracing.lock": "installs; tests/test_tracing.py uses it",
    "make -C /srv/postern .venv/run.stamp PYTHON=/usr/bin/python3": "installs, into a folder that is not here",
    "git pull": "changes this very folder",
    "systemctl restart postern": "needs systemd, and a postern that it runs",
    "journalctl -u postern": "needs systemd's journal",
    "journalctl -u postern -o cat | jq": "needs systemd's journal",
    "curl -s http://127.0.0.1:8000/readyz": "tests/test_health.py asks, at a port of its own",
    "python main.py": "tests/processes/test_process_start.py starts it",
    "uvicorn --factory main:app --no-proxy-headers": "tests/processes/test_process.py starts it",
    ".venv/bin/python -m benchmarks.limits": "takes minutes",
    ".venv/bin/python -m benchmarks.inside": "needs PostgreSQL, and takes half a minute",
    "python -X importtime -c 'import main'": "tests/test_house.py imports it",
    ".venv/bin/python -m benchmarks.me --only postern mercurius-jit --seconds 2 --rounds 1": (
        "installs what others have written; tests/measuring/test_benchmarks.py runs it for Postern alone"
    ),
    ".venv/bin/python -m benchmarks.me": "half an hour; tests/measuring/test_benchmarks.py runs it for Postern alone",
    ".venv/bin/python -m benchmarks.logins": "needs PostgreSQL, and takes a minute or more",
    "python -m benchmarks.saturation": "needs PostgreSQL, and takes a minute or more",
    "python -m benchmarks.load": "takes minutes",
    "python -m benchmarks.startup": "needs PostgreSQL, and takes a minute or more",
    "uvicorn --workers": "tests/processes/test_process_settings.py starts it",
    "python -m tests.enumeration https://…": "tests/enumeration runs it",
    "python -m tests.enumeration https://… --confirmed … --unconfirmed … --password …": "tests/enumeration runs it",
}
FOUND = {command: page for page in PAGES for command in code(page) if COMMAND.fullmatch(command)}
HERE = [command for command in FOUND if command not in NOT_HERE]


async def test_the_commands_that_are_not_run_here_are_in_the_documents() -> None:
    assert NOT_HERE.keys() - FOUND.keys() == set()


@pytest.mark.parametrize("command", HERE)
async def test_a_command_works_as_it_stands(tmp_path: Path, command: str) -> None:
    await works(tmp_path, command)


async def works(folder: Path, command: str) -> None:
    """Run it where it finds what is in the repository."""
    for name in (".venv", "main.py", "settings"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        "bash", "-c", command, cwd=folder, env={"PATH": PATH, "MADE": os.devnull}, stdout=pipe, stderr=pipe
    )
    output, complaint = await child.communicate()
    assert child.returncode == 0, (output + complaint).decode()
