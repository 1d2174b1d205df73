"""Hashing passwords: as much at a time as the machine bears, and no endless queue for it"""

import asyncio
import os
from pathlib import Path

import pytest
from zxcvbn import matching

from errors import InputErrorCode, Unacceptable
from models import Letter, User
from security import machine
from security.passwords import Passwords, Verdict, usual_workers
from tests.support.databases import once
from tests.support.forms import OURS
from tests.support.given import MakeSettings
from tests.support.postern import PASSWORD, REGISTER, running
from tests.support.postoffice import PostOffice


@pytest.mark.anyio
@once
async def test_who_would_wait_too_long_is_told_when_to_come_back_and_nothing_of_theirs_is_written(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    slow = {"hash_workers": 1, "hash_wait": "PT0.2S", "argon2_memory_kib": 19 * 1024, "argon2_time_cost": 15}
    async with running(make_settings(database_url=database_url, smtp_url=post.url, **slow), post) as server:
        inputs = [{"input": {"email": f"p{number}@example.com", "password": PASSWORD}} for number in range(30)]
        answers = await asyncio.gather(
            *(server.http.post("/graphql", json={"query": REGISTER, "variables": each}) for each in inputs),
            *(server.http.post("/register", data=each["input"], headers=OURS) for each in inputs[:3]),
        )
        pages = [answers.pop() for _ in range(3)]
        assert {page.status_code for page in pages} == {503}
        assert min(int(page.headers["Retry-After"]) for page in pages) >= 1
        refused = [answer for answer in answers if answer.status_code == 503]
        done = [answer for answer in answers if answer.status_code == 200]
        assert refused
        assert done
        assert len(refused) + len(done) == 30
        for answer in refused:
            assert answer.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
            assert int(answer.headers["Retry-After"]) >= 1
        assert await User.all().count() == await Letter.all().count() == len(done)
        assert (await server.register())["__typename"] == "Registered", "the queue is empty again"


@pytest.mark.anyio
async def test_the_hash_that_is_nobodys_has_the_form_and_the_parameters_of_everybodys_and_fits_nothing(
    make_settings: MakeSettings,
) -> None:
    passwords, others = Passwords(make_settings()), Passwords(make_settings())
    nobodys, anybodys = passwords._dummy_hash, await passwords.hash(PASSWORD)
    assert [len(part) for part in nobodys.split("$")] == [len(part) for part in anybodys.split("$")]
    assert nobodys.split("$")[:4] == anybodys.split("$")[:4]
    assert nobodys != others._dummy_hash
    assert await passwords.verify(PASSWORD, None) == await passwords.verify("", None) == Verdict()


@pytest.mark.anyio
async def test_what_is_acceptable_is_so_to_the_last_character_in_the_form_in_which_it_is_hashed(
    make_settings: MakeSettings,
) -> None:
    """Compatible forms are one (NFKC), so the letter of three that some fonts have counts as three."""
    passwords, phrase = Passwords(make_settings(password_min_score=0)), "a quiet gate at dusk "
    long = (phrase * 50)[:1024]
    for good in ("Kq7#vM2z", long, long[:-2] + "é"):
        assert await passwords.accepted(good, []) == good
    assert await passwords.accepted("Kq7#v\ufb03", []) == "Kq7#vffi"
    for bad, code in {
        "": InputErrorCode.REQUIRED,
        "Kq7#vM2": InputErrorCode.TOO_SHORT,
        "Kq7#\ufb03": InputErrorCode.TOO_SHORT,
        f"{long}x": InputErrorCode.TOO_LONG,
        f"{long[:-1]}é": InputErrorCode.TOO_LONG,
        "\ufdfa" * 100: InputErrorCode.TOO_LONG,
        **{phrase + strange: InputErrorCode.INVALID for strange in ("\0", "\ud800", "\udfff")},
    }.items():
        with pytest.raises(Unacceptable) as refused:
            await passwords.accepted(bad, [])
        assert refused.value.code == code, ascii(bad)


@pytest.mark.anyio
async def test_a_password_is_hard_enough_from_the_score_on_that_is_asked_for(make_settings: MakeSettings) -> None:
    hard, easier = "a quiet gate at dusk", "quiet gate"
    strict, lenient = (Passwords(make_settings(password_min_score=score)) for score in (4, 3))
    assert await strict.accepted(hard, []) == hard
    assert await lenient.accepted(easier, []) == easier
    for passwords, password, own in ((strict, easier, []), (lenient, easier, ["quiet"])):
        with pytest.raises(Unacceptable) as refused:
            await passwords.accepted(password, own)
        assert refused.value.code == InputErrorCode.TOO_EASY_TO_GUESS


def test_each_core_hashes_as_far_as_a_quarter_of_the_memory_allows(make_settings: MakeSettings) -> None:
    assert usual_workers(make_settings()) == machine.cores() >= 1
    assert usual_workers(make_settings(argon2_memory_kib=machine.memory_kib())) == 1
    shared = {"web_concurrency": machine.cores(), "redis_url": "redis://127.0.0.1"}
    assert usual_workers(make_settings(**shared)) == 1
    if hasattr(os, "sched_setaffinity"):
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(allowed)})
        try:
            assert machine.cores() == 1
        finally:
            os.sched_setaffinity(0, allowed)


def test_a_container_sees_its_own_share_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = machine.cores(), machine.memory_kib()
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    assert machine.memory_kib() >= whole[1]
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text(f"{64 * 1024 * 1024}\n")
    assert (machine.cores(), machine.memory_kib()) == (1, 64 * 1024)
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert (machine.cores() >= whole[0], machine.memory_kib() >= whole[1]) == (True, True)


def test_a_password_of_what_letters_may_be_written_as_is_not_tried_in_all_combinations() -> None:
    forms = "".join(sorted({form for forms in matching.L33T_TABLE.values() for form in forms}))
    tried = list(matching.enumerate_l33t_subs(matching.relevant_l33t_subtable(forms, matching.L33T_TABLE)))
    assert len(tried) <= 4
