"""`postern`: how it is started, and how it ends"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from settings import ROOT
from tests.docs.reader import needs_shell
from tests.support.operators import POSTERN
from tests.support.ports import free_port
from tests.support.postoffice import PostOffice
from tests.support.process import run, serving

pytestmark = pytest.mark.anyio


def test_it_runs_from_anywhere_by_a_link_and_imports_nothing_that_lies_there(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("raise SystemExit('imported')")
    (tmp_path / "postern").symlink_to(ROOT / "postern")
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "var")}
    command = [str(tmp_path / "postern"), "migrate", "--json"]
    output = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, check=True).stdout
    assert "0001_initial" in json.loads(output)["applied"]
    shutil.rmtree(tmp_path / "var")


@needs_shell
def test_who_reads_no_further_hears_no_complaint(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "var")}
    command = ["sh", "-c", '"$0" doctor | true', str(ROOT / "postern")]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("", "")


async def test_it_serves_as_the_server_itself_does(tmp_path: Path, post: PostOffice) -> None:
    async with serving(tmp_path, post, *POSTERN, "serve") as server:
        await server.joined()
        server.child.terminate()
        assert await server.stopped() == 0


async def test_what_nothing_can_be_asked_of_is_told_in_a_sentence_and_by_its_own_exit_code(tmp_path: Path) -> None:
    away = f"postgres://postern:no-one-may-read@127.0.0.1:{free_port()}/postern"
    cases = [
        ({"PORT": "none"}, ("migrate",), 3, "PORT"),
        ({"DATABASE_URL": away}, ("migrate",), 3, "The database of DATABASE_URL cannot be used"),
        ({"DATABASE_URL": away}, ("reseal",), 3, "The database of DATABASE_URL cannot be used"),
        ({"DATA_DIR": str(tmp_path)}, ("reseal",), 3, "The database of DATABASE_URL cannot be used"),
        ({}, ("nothing",), 2, "No such command 'nothing'"),
        ({}, ("users", "remove-factors"), 2, "Missing argument 'ADDRESS'"),
    ]
    for environment, words, code, complaint in cases:
        ended = await run(tmp_path, *POSTERN, *words, **environment)
        assert (ended.code, ended.output) == (code, ""), words
        assert complaint in ended.complaint, ended.complaint
        assert "Traceback" not in ended.complaint
        assert "no-one-may-read" not in ended.complaint
