"""docs/production.md: its folder of secrets as systemd and as a shell read it, and its unit as systemd checks it"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from settings import ROOT, Settings
from tests.docs.blocks import block
from tests.docs.reader import needs_shell
from tests.support.databases import Databases
from tests.support.postoffice import PostOffice
from tests.support.process import SECRET, serving

pytestmark = pytest.mark.anyio

# What reads the files of environment.d when somebody logs in: the parser of EnvironmentFile, without a running systemd.
READER = Path("/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator")
needs_systemd = pytest.mark.needs(READER.exists(), "systemd's programs are not installed (package systemd)")


def documented(first_line: str) -> str:
    """The block of docs/production.md that begins so."""
    return block("docs/production.md", first_line).text


def as_systemd_reads(file: Path) -> dict[str, str]:
    """The settings of an environment file."""
    folder = file.parent / "environment.d"
    folder.mkdir()
    (folder / "postern.conf").write_text(file.read_text())
    # Alone: /etc and /usr have files for everybody who logs in, which say nothing of ours.
    environment = {"XDG_CONFIG_HOME": str(file.parent), "HOME": str(file.parent)}
    ended = subprocess.run([READER], env=environment, capture_output=True, text=True, check=True)
    assert not ended.stderr
    known = dict(line.split("=", 1) for word in ended.stdout.splitlines() for line in shlex.split(word))
    return settings_of(known)


def as_a_shell_reads(file: Path) -> dict[str, str]:
    """Likewise, by the command that starts the server without systemd."""
    *_, script = shlex.split(documented("cd /srv/postern"))
    script = script.replace("/etc/postern", str(file.parent)).replace("exec .venv/bin/python main.py", "exec env -0")
    ended = subprocess.run(["sh", "-c", script], env={"PATH": os.environ["PATH"]}, capture_output=True, check=True)
    return settings_of(dict(line.split("=", 1) for line in ended.stdout.decode().rstrip("\0").split("\0")))


def settings_of(known: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in known.items() if name.lower() in Settings.model_fields}


def made(folder: Path) -> Path:
    """The folder of secrets, made as documented, but for its place and its group."""
    text = documented("install -d -m 750 -g postern /etc/postern").replace("/etc/postern", str(folder / "secrets"))
    script = re.sub(r"(-g|chgrp) postern\b", rf"\1 {os.getgid()}", text)
    subprocess.run(["bash", "-c", f"set -eu\n{script}"], capture_output=True, check=True)
    return folder / "secrets"


@needs_shell
@pytest.mark.parametrize("read", [pytest.param(as_systemd_reads, marks=needs_systemd), as_a_shell_reads])
@pytest.mark.parametrize("optional", [False, True], ids=["as it is", "with all that is commented out"])
async def test_the_server_starts_with_nothing_but_the_documented_files(
    tmp_path: Path,
    all_databases: Databases,
    post: PostOffice,
    optional: bool,
    read: Callable[[Path], dict[str, str]],
) -> None:
    folder = made(tmp_path)
    text = documented("ENVIRONMENT=production").replace("/etc/postern", str(folder))
    file = folder / "environment"
    file.write_text(re.sub(r"(?m)^#(?=[A-Z])", "", text) if optional else text)
    settings = read(file)
    assert len(settings) == (14 if optional else 10)
    assert (settings["SECRET_KEY"], settings["MAIL_FROM"]) == ("…", "Example <accounts@example.com>")
    async with (
        all_databases.fresh("postgres", migrated=False) as url,
        serving(tmp_path, post, **settings | {"SECRET_KEY": SECRET, "DATABASE_URL": url}) as server,
    ):
        assert (await server.http.get("/healthz")).status_code == 200
        assert f"{settings['PUBLIC_URL']}" in server.log


@needs_shell
def test_nobody_but_root_writes_the_secrets_and_nobody_but_the_servers_group_reads_them(tmp_path: Path) -> None:
    folder = made(tmp_path)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())}
    assert modes == {"secrets": "0o750", "signing-keys.pem": "0o640", "environment": "0o640"}


@pytest.mark.needs(shutil.which("systemd-analyze"), "systemd-analyze is missing (package systemd)")
def test_systemd_has_nothing_to_say_against_the_documented_unit(tmp_path: Path) -> None:
    unit = tmp_path / "postern.service"
    text = documented("# /etc/systemd/system/postern.service")
    assert "/srv/postern/.venv/bin/python main.py" in text
    unit.write_text(text.replace("/srv/postern", str(ROOT)))
    ended = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert [line for line in ended.stderr.splitlines() if "postern.service" in line] == []
    assert (ended.returncode, "TimeoutStopSec" in text) == (0, True)
