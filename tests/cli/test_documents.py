"""docs/command-line.md and all that other pages say of `postern`: every command works as it stands"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli.__main__ import postern as program
from models import Letter
from settings import ROOT
from tests.docs.blocks import PAGES, block, code
from tests.support.databases import once
from tests.support.factors import set_up
from tests.support.operators import operate
from tests.support.postern import Postern

pytestmark = pytest.mark.anyio
PAGE = ROOT / "docs/command-line.md"
ELSEWHERE = {  # what does not end by itself, or would write into the repository, and the test that runs it
    "postern serve": "tests/cli/test_program.py",
    "postern doctor": "tests/cli/test_doctor.py",
    **dict.fromkeys(("postern keys rotate sign", "postern keys rotate forget"), "tests/cli/test_keys.py"),
    **dict.fromkeys(
        (
            "postern keys rotate",
            "postern keys rotate --at-once",
            "postern keys import signing-keys.pem",
            "postern keys export signing-keys.pem",
            "postern keys import /etc/postern/signing-keys.pem",
            "postern keys export /etc/postern/signing-keys.pem",
        ),
        "tests/cli/test_stored_keys.py and tests/nodes/test_keys.py",
    ),
    "postern make-migration": "tests/test_house.py",
}
FOUND = {words for page in PAGES for words in code(page) if words.startswith("postern ") and "…" not in words}


def commands(group: click.Group, before: str = "postern") -> Iterator[tuple[str, click.Command]]:
    """Every command by all of its name, groups left out."""
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command
            if isinstance(command, click.Group):
                yield from commands(command, f"{before} {name}")
            else:
                yield f"{before} {name}", command


def test_every_command_is_explained_by_itself_and_in_the_documents() -> None:
    known = dict(commands(program))
    assert [name for name, command in known.items() if not (command.help or "").strip().endswith(".")] == []
    told = code(PAGE)
    assert [name for name in known if not any(words.startswith(name) for words in told)] == []
    unknown = [words for words in FOUND if not any(words == name or words.startswith(f"{name} ") for name in known)]
    assert [words for words in unknown if not words.startswith("postern --")] == []


@once
async def test_every_command_in_a_sentence_works(postern: Postern, tmp_path: Path) -> None:
    await set_up(postern, await postern.logged_in())
    await postern.registered("ben@example.com")
    await postern.logged_in("eve@example.com")
    (tmp_path / "accounts.jsonl").write_text('{"email": "zoe@example.com", "email_confirmed": true}\n')
    letter = await Letter.first()
    assert letter
    (tmp_path / "pwnedpasswords.txt").write_text("A" * 40 + ":1\n")
    for words in sorted(FOUND - ELSEWHERE.keys()):
        given = words.replace("pwnedpasswords.txt breached", "pwnedpasswords.txt known").replace("ID", str(letter.id))
        if given.endswith("breached-file"):  # what the program is called, not how
            continue
        ended = await operate(tmp_path, postern.settings, *shlex.split(given)[1:])
        assert ended.code == 0, (words, ended.complaint)


def test_an_operator_takes_the_settings_as_the_server_does_without_systemd() -> None:
    servers = block("docs/production.md", "cd /srv/postern").text
    assert block("docs/command-line.md", "cd /srv/postern").text == servers.replace(
        "exec .venv/bin/python main.py", "exec postern migrate"
    )


@pytest.mark.needs(shutil.which("bash"), "bash is missing")
def test_the_tab_key_knows_the_commands() -> None:
    (script,) = [words for words in code(PAGE) if words.startswith("eval ")]
    asked = 'COMP_WORDS=(postern us); COMP_CWORD=1; _postern_completion postern; echo "${COMPREPLY[@]}"'
    environment = {"PATH": f"{ROOT}:{os.environ['PATH']}"}
    command = ["bash", "-c", f"{script}; {asked}"]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == "users\n"
