"""`postern outbox …` and `postern audit tail`: letters on their way, and what has happened"""

import asyncio
import contextlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mail.delivery import LEASE
from models import Letter
from tests.support import children
from tests.support.databases import once
from tests.support.operators import POSTERN, asked, environment_of, operate
from tests.support.outbox import LATER, delayed, only_letter
from tests.support.postern import EMAIL, Postern
from tests.support.postoffice import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

REFUSED = "554 5.7.1 No"


async def test_a_letter_that_waits_is_listed_shown_and_tried_again(postern: Postern, tmp_path: Path) -> None:
    postern.post.answers = [LATER, REFUSED]
    await postern.register()
    letter = await delayed()
    await postern.register("ben@example.com")
    dead = await delayed("ben@example.com", died_at__isnull=False)
    listed = {one["id"]: one for one in await asked(tmp_path, postern.settings, "outbox", "list")}
    assert [*listed] == [str(letter.id), str(dead.id)], "the oldest first"
    assert listed[str(letter.id)]["last_error"].startswith("451 4.3.0")
    assert listed[str(dead.id)]["died_at"]
    table = (await operate(tmp_path, postern.settings, "outbox", "list")).output
    assert str(letter.id) in table
    assert EMAIL not in table
    shown = await asked(tmp_path, postern.settings, "outbox", "show", str(letter.id))
    assert (shown["recipient"], shown["kind"]) == (EMAIL, "confirm_email")
    gone = await asked(tmp_path, postern.settings, "outbox", "show", str(dead.id))
    assert gone["recipient"] is None, "with its text"
    unknown = await operate(tmp_path, postern.settings, "outbox", "show", str(letter.user_id))
    assert (unknown.code, "no email of this id" in unknown.complaint) == (1, True)

    later = datetime.now(UTC) + timedelta(hours=1)
    await Letter.filter(id=letter.id).update(due_at=later)
    assert await asked(tmp_path, postern.settings, "outbox", "retry", str(dead.id)) == {"retried": 0}
    assert (await Letter.get(id=letter.id)).due_at == later
    assert await asked(tmp_path, postern.settings, "outbox", "retry", str(letter.id)) == {"retried": 1}
    await postern.register("eve@example.com")  # wakes the worker
    assert len(await postern.post.letters_to(EMAIL)) == 1
    assert (await Letter.get(id=dead.id)).due_at is None


@once
async def test_all_that_wait_are_tried_again_but_for_one_that_may_be_in_a_workers_hands(
    postern: Postern, tmp_path: Path
) -> None:
    held: asyncio.Future[str | bytes] = asyncio.get_running_loop().create_future()
    postern.post.answers = [held]
    await postern.register()
    await postern.post.until(lambda: len(postern.post.offered) == 1)
    postern.post.answers = [LATER]
    await postern.register("ben@example.com")
    other = await delayed("ben@example.com")
    await Letter.filter(id=other.id).update(due_at=datetime.now(UTC) + timedelta(hours=1))
    assert await asked(tmp_path, postern.settings, "outbox", "retry") == {"retried": 1}, "the one that waits"
    letter = await only_letter()
    assert letter.due_at
    assert datetime.now(UTC) < letter.due_at <= datetime.now(UTC) + LEASE
    held.set_result("250 OK")


@once
async def test_without_letters_that_is_what_is_told(postern: Postern, tmp_path: Path) -> None:
    ended = await operate(tmp_path, postern.settings, "outbox", "list")
    assert (ended.code, ended.output) == (0, "No email waits, and none has died\n")


@once
async def test_what_has_happened_is_told_oldest_first_and_by_account(postern: Postern, tmp_path: Path) -> None:
    login = await postern.joined()
    await postern.joined("ben@example.com")
    words = ("audit", "tail", "--json")
    everything = [json.loads(line) for line in (await operate(tmp_path, postern.settings, *words)).output.splitlines()]
    names = ["registered", "email_confirmed", "logged_in"]
    assert [one["event"] for one in everything] == [*names, *names]
    ended = await operate(tmp_path, postern.settings, *words, "--address", EMAIL, "-n", "2")
    theirs = [json.loads(line) for line in ended.output.splitlines()]
    assert [(one["event"], one["subject_id"]) for one in theirs] == [(name, login["user"]["id"]) for name in names[1:]]
    ended = await operate(tmp_path, postern.settings, "audit", "tail", "--event", "logged_in")
    assert [line.split()[2] for line in ended.output.splitlines()] == ["logged_in"] * 2
    for count, code in (("0", 0), ("-3", 2)):
        ended = await operate(tmp_path, postern.settings, *words, "-n", count)
        assert (ended.code, ended.output, "Traceback" in ended.complaint) == (code, "", False)
    ended = await operate(tmp_path, postern.settings, *words, "--event", "\udcff")
    assert (ended.code, "Invalid value for '--event'" in ended.complaint) == (2, True)


@once
async def test_what_happens_from_now_on_is_told_once_and_as_long_as_somebody_reads(
    postern: Postern, tmp_path: Path
) -> None:
    await postern.logged_in()
    environment = environment_of(postern.settings)
    os.mkfifo(tmp_path / "told")
    reader = os.open(tmp_path / "told", os.O_RDONLY | os.O_NONBLOCK)
    text = ""

    async def told(times: int) -> str:
        nonlocal text
        async with asyncio.timeout(PATIENCE_SECONDS):
            while text.count("logged_in") < times:
                await asyncio.sleep(0.02)
                with contextlib.suppress(BlockingIOError):
                    text += os.read(reader, 10_000).decode()
        return text

    words = ("audit", "tail", "-f", "-n", "1")
    child = await asyncio.to_thread(children.start, tmp_path, (*POSTERN, *words), environment, "told", "complaint")
    try:
        await told(1)
        await postern.login()
        assert "registered" not in await told(2), "which was before the newest one"
        os.close(reader)
        await postern.login()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await child.wait() == 1
        assert (tmp_path / "complaint").read_text() == ""
    finally:
        child.kill()
        await child.wait()
