"""`postern breached-file`: a list of breached passwords becomes a file that is quick to look in"""

import os
import random
import tracemalloc
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.breached import breached_file
from security import breached_writing
from security.breached import HEAD, MAGIC, BreachedFile
from security.breached_writing import write
from tests.support.operators import POSTERN
from tests.support.process import run

GOOD = "A" * 40 + ":1\n"


def hashes(count: int, seed: int = 1) -> list[bytes]:
    chance = random.Random(seed)  # noqa: S311 - the same for every run
    return [chance.randbytes(20) for _ in range(count)]


def listed(folder: Path, known: list[bytes], times: int = 2) -> Path:
    (folder / "list").write_text("".join(f"{one.hex().upper()}:{times}\r\n" for one in known))
    return folder / "list"


def quiet(_: str) -> None:
    pass


@pytest.mark.parametrize("at_once", [7, 100, 1 << 20])
@pytest.mark.parametrize("in_order", [True, False])
def test_whatever_the_order_of_the_list_its_passwords_are_found_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, in_order: bool
) -> None:
    monkeypatch.setattr(breached_writing, "AT_ONCE", at_once)
    on_disk: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda _: on_disk.extend(map(Path.read_bytes, tmp_path.glob(".file.*"))))
    known = [*hashes(300), bytes(20), b"\xff" * 20]
    source = listed(tmp_path, sorted(known) if in_order else [*known, *known[:20]])
    assert write(source, tmp_path / "file", 1, quiet) == len(known)
    file = BreachedFile(tmp_path / "file")
    assert all(file.holds(one) for one in known)
    assert not any(file.holds(one) for one in hashes(300, seed=2))
    whole = (tmp_path / "file").read_bytes()
    assert on_disk == [whole], "before it takes the name"
    body = whole[HEAD:]
    entries = [body[start : start + 8] for start in range(0, len(body), 8)]
    assert entries == sorted({one[:8] for one in known})


def test_what_was_met_less_often_is_left_out(tmp_path: Path) -> None:
    often, seldom = hashes(2)
    (tmp_path / "list").write_text(f"{often.hex()}:10\n\n{seldom.hex()}:9")
    assert write(tmp_path / "list", tmp_path / "file", 10, quiet) == 1
    file = BreachedFile(tmp_path / "file")
    assert (file.holds(often), file.holds(seldom)) == (True, False)


def test_memory_does_not_grow_with_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breached_writing, "AT_ONCE", 500)
    monkeypatch.setattr(breached_writing, "BLOCK", 20_000)
    source = listed(tmp_path, hashes(10_000))
    tracemalloc.start()
    try:
        write(source, tmp_path / "file", 1, quiet)
        assert tracemalloc.get_traced_memory()[1] < 200_000, "the list has 440,000 bytes"
    finally:
        tracemalloc.stop()


def test_how_far_it_is_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breached_writing, "AT_ONCE", 100)
    monkeypatch.setattr(breached_writing, "BLOCK", 99 * 44 + 1)
    told: list[str] = []
    write(listed(tmp_path, sorted(hashes(200))), tmp_path / "file", 1, told.append)
    assert told == ["100 lines read (50%)", "200 lines read (100%)", "100 passwords written", "200 passwords written"]


@pytest.mark.parametrize("block", [1, 45, 1 << 20])
@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (GOOD + "B" * 40 + "\n", 2),
        (GOOD + "\n" + "A" * 32 + ":5\n", 3),  # NTLM's
        ("G" * 40 + ":1\n", 1),
        (" " + GOOD, 1),
        ("A" * 40 + ":-1\n", 1),
        ("A" * 40 + ":1_0\n", 1),
        ("A" * 40 + ":" + "9" * 5000 + "\n", 1),
        ("A" * 1_000_000, 1),
        ("\ufeff" + GOOD, 1),
        (GOOD + "\0" * 99 + "\n", 2),
    ],
)
def test_a_line_that_is_none_of_the_list_is_told_and_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, line: int, block: int
) -> None:
    monkeypatch.setattr(breached_writing, "BLOCK", block)
    target = tmp_path / "file"
    write(listed(tmp_path, hashes(3)), target, 1, quiet)
    before = target.read_bytes()
    (tmp_path / "list").write_text(wrong)
    with pytest.raises(ValueError, match=rf"^line {line} is not HASH:COUNT"):
        write(tmp_path / "list", target, 1, quiet)
    assert target.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "list"]


def test_what_ends_in_its_middle_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(progress: str) -> None:
        if "written" in progress:
            raise KeyboardInterrupt

    monkeypatch.setattr(breached_writing, "AT_ONCE", 100)
    target = tmp_path / "file"
    write(listed(tmp_path, hashes(3)), target, 1, quiet)
    before = target.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write(listed(tmp_path, hashes(300)), target, 1, stop)
    assert target.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "list"]


def test_what_is_no_such_file_or_has_lost_its_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write(listed(tmp_path, hashes(3)), file, 1, quiet)
    whole = file.read_bytes()
    assert BreachedFile(file).holds(hashes(3)[0])
    for content in (b"", b"x", GOOD.encode(), MAGIC, whole[:-1], whole[:-8], whole + bytes(8), b"x" + whole[1:]):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=r"is no file that|has lost its end"):
            BreachedFile(file)


@pytest.mark.anyio
async def test_the_command_makes_it(tmp_path: Path) -> None:
    listed(tmp_path, hashes(1))
    made = await run(tmp_path, *POSTERN, "breached-file", "list", "file")
    assert (made.code, made.output, made.complaint) == (0, "file holds 1 password\n", "")
    assert BreachedFile(tmp_path / "file").holds(hashes(1)[0])
    asked = await run(tmp_path, *POSTERN, "breached-file")
    assert (asked.code, "Missing argument 'SOURCE'" in asked.complaint) == (2, True)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("list", "file", "--at-least=3"), "list: holds no password that was met so often"),
        (("nowhere", "file"), "nowhere: No such file or directory"),
        (("list", "nowhere/file"), "nowhere/file: No such file or directory"),
        (("list", "list"), "list is the list itself, which would be gone"),
        ((".", "file"), ".: Is a directory"),
        (("list", "folder"), "folder is a folder"),
    ],
)
def test_the_command_tells_a_mistake_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], told: str
) -> None:
    listed(tmp_path, hashes(3))
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(breached_file, given)
    assert (ended.exit_code, ended.stderr) == (1, f"Error: {told}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "list"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (GOOD.encode(), "BREACHED_PASSWORDS is no file that `postern breached-file` has made"),
        (MAGIC + (2).to_bytes(8, "big") + bytes(8), "BREACHED_PASSWORDS has lost its end"),
    ],
)
async def test_the_server_does_not_start_with_another_file(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "file").write_bytes(content)
    ended = await run(tmp_path, BREACHED_PASSWORDS="file", DATA_DIR=str(tmp_path / "var"), PORT="0")
    assert ended.code == 1
    assert ended.complaint.startswith(f"Postern cannot start: {told}")
