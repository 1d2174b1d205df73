"""`postern users import`: accounts of other systems come with their passwords, and none is lost (docs/importing.md)"""

import asyncio
import csv
import json
import os
import tracemalloc
import unicodedata
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from tortoise.context import require_context

import database
from cli.importing.reading import LONGEST, records
from models import AuditEvent, Session, User, UserRole
from resolvers import importing
from tests.cli.hashes import FIREBASE, FIREBASE_ACCOUNT, FIREBASE_PASSWORD, OTHER, TYPED, all_kinds, django
from tests.docs.blocks import blocks
from tests.support import children
from tests.support.databases import Databases, once
from tests.support.operators import POSTERN, environment_of, operate
from tests.support.postern import EMAIL, Postern
from tests.support.postoffice import PATIENCE_SECONDS
from tests.support.process import Ended

pytestmark = pytest.mark.anyio

SURE = {"email_confirmed": True}


def in_lines(file: Path, accounts: list[Any]) -> Path:
    """A file of JSON lines."""
    file.write_text("".join(f"{json.dumps(account)}\n" for account in accounts))
    return file


async def imported(folder: Path, server: Postern, accounts: list[Any], *options: str) -> tuple[Ended, dict[str, int]]:
    """How it ended, and what is told of it."""
    file = in_lines(folder / "accounts.jsonl", accounts)
    ended = await operate(folder, server.settings, "users", "import", file.name, *options, "--json")
    return ended, json.loads(ended.output)


async def test_each_kind_of_hash_opens_its_account_and_is_renewed_at_the_first_login(
    postern: Postern, tmp_path: Path
) -> None:
    ben = await postern.logged_in("ben@example.com")
    theirs = (User.filter(id=ben["user"]["id"]), Session.filter(user_id=ben["user"]["id"]))
    before = [await rows.values() for rows in theirs]
    kinds = all_kinds()
    ended, told = await imported(
        tmp_path, postern, [{"email": f"{name}@example.com", "password_hash": kinds[name], **SURE} for name in kinds]
    )
    assert (ended.code, told["imported"], told["mistakes"]) == (0, len(kinds), 0), ended.complaint
    for name in kinds:
        email = f"{name}@example.com"
        old = (await User.get(canonical_email=email)).password_hash
        assert (await postern.login(email, OTHER))["__typename"] == "InvalidCredentials", name
        assert (await User.get(canonical_email=email)).password_hash == old
        assert (await postern.login(email, TYPED))["__typename"] == "LoggedIn", name
        new = (await User.get(canonical_email=email)).password_hash
        assert new
        assert new.startswith("$argon2id$v=19$m=8,t=1,p=1$"), name
        assert (await postern.login(email, TYPED))["__typename"] == "LoggedIn", name
        assert (await User.get(canonical_email=email)).password_hash == new
    assert [await rows.values() for rows in theirs] == before
    event = await AuditEvent.get(event="accounts_imported")
    assert (event.actor_id, event.details) == (None, {"count": len(kinds)})


@once
async def test_an_account_of_firebase_logs_in_and_the_projects_key_is_kept_nowhere(
    postern: Postern, tmp_path: Path
) -> None:
    (tmp_path / "firebase.json").write_text(json.dumps(FIREBASE))
    account = {"email": EMAIL, **FIREBASE_ACCOUNT, **SURE}
    saltless = account | {"email": "ben@example.com", "salt": ""}
    another = account | {"email": "eve@example.com", "password_hash": FIREBASE_ACCOUNT["password_hash"][4:]}
    options = ("--firebase", "firebase.json", "--mistakes", "mistakes.jsonl")
    ended, told = await imported(tmp_path, postern, [account, saltless, another], *options)
    assert (ended.code, told["imported"], told["mistakes"]) == (1, 1, 2), ended.complaint
    assert (tmp_path / "mistakes.jsonl").read_text().count("this is no hash of that Firebase project") == 2
    kept = (await User.get()).password_hash
    assert kept
    assert str(FIREBASE["signer_key"])[:20] not in kept
    assert (await postern.login(password="user2password"))["__typename"] == "InvalidCredentials"
    assert (await postern.login(password=FIREBASE_PASSWORD))["__typename"] == "LoggedIn"


@once
async def test_the_documents_files_can_be_imported_as_they_stand(postern: Postern, tmp_path: Path) -> None:
    lines, table, firebase = (found.text for found in blocks("docs/importing.md"))
    assert json.loads(firebase) == FIREBASE
    (tmp_path / "accounts.jsonl").write_text(lines)
    (tmp_path / "accounts.csv").write_text(table)
    for file in ("accounts.jsonl", "accounts.csv"):
        ended = await operate(tmp_path, postern.settings, "users", "import", file)
        assert (ended.code, ended.output) == (0, "Imported: 1; there already: 0; mistakes: 0\n"), ended.complaint
    assert (await postern.login())["__typename"] == "LoggedIn"
    assert await User.filter(canonical_email="ben@example.com").exists()


@once
async def test_a_password_opens_its_account_as_it_was_typed_and_as_we_would_write_it(
    postern: Postern, tmp_path: Path
) -> None:
    decomposed, long = unicodedata.normalize("NFD", TYPED), TYPED * 3
    cut, as_typed = (bcrypt.hashpw(one.encode()[:72], bcrypt.gensalt(4)).decode() for one in (long, decomposed))
    hashes = {EMAIL: django(), "ben@example.com": cut, "cleo@example.com": as_typed}
    accounts = [{"email": email, "password_hash": known} for email, known in hashes.items()]
    await imported(tmp_path, postern, accounts, "--all-confirmed")
    assert (await postern.login(password=decomposed))["__typename"] == "LoggedIn"
    for typed in (decomposed, TYPED):
        assert (await postern.login("cleo@example.com", typed))["__typename"] == "LoggedIn"
    assert (await postern.login("ben@example.com", long[:69]))["__typename"] == "InvalidCredentials"
    assert (await postern.login("ben@example.com", long))["__typename"] == "LoggedIn"
    assert (await postern.login("ben@example.com", long[:-1]))["__typename"] == "InvalidCredentials"


@once
async def test_what_a_line_tells_of_an_account_is_kept(postern: Postern, tmp_path: Path) -> None:
    known = "6f1de3c1-93b2-4c0f-8d83-5b0f4d0a3b11"
    full = {"id": known, "email": "Ann@Example.com", "name": " Ann ", "locale": "de-AT"}
    full["created_at"] = "2021-02-03T06:05:06+02:00"
    with (tmp_path / "accounts.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*full, "email_confirmed", "password_hash"])
        writer.writeheader()
        writer.writerow(full | {"email_confirmed": "TRUE", "password_hash": django()})
        writer.writerow({"email": "ben@example.com", "email_confirmed": "yes", "name": "Ben"})
        writer.writerow({"email": "eve@example.com", "email_confirmed": "1", "created_at": "2021-02-03 04:05:06"})
    ended = await operate(tmp_path, postern.settings, "users", "import", "accounts.csv")
    assert (ended.code, ended.output) == (0, "Imported: 3; there already: 0; mistakes: 0\n"), ended.complaint
    ann = await User.get(canonical_email=EMAIL)
    assert (str(ann.id), ann.name, ann.locale) == (known, "Ann", "de")
    assert ann.created_at == ann.email_confirmed_at == datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert (await User.get(canonical_email="eve@example.com")).created_at == ann.created_at, "in UTC, unless it is told"
    ben = await User.get(canonical_email="ben@example.com")
    assert (ben.password_hash, ben.name) == (None, "Ben")
    assert (await postern.login("ben@example.com", ""))["__typename"] == "InvalidCredentials"


async def test_a_mistake_is_told_with_its_line_and_keeps_no_other_line_out(postern: Postern, tmp_path: Path) -> None:
    await postern.registered("waits@example.com")
    await postern.logged_in("ben@example.com")
    before = await User.all().order_by("id").values()
    good = {"password_hash": django(), **SURE}
    lines = [
        ({"email": "first@example.com", **good}, ""),
        ({"email": "no address", **good}, "@"),
        ({**good}, "email: Please fill this in"),
        ({"email": "a@example.com", "password_hash": django()}, "email_confirmed has to be true"),
        *(({"email": "a@example.com", **good, "email_confirmed": no}, "has to be") for no in (False, "no", "0", None)),
        ({"email": "a@example.com", **good, "email_confirmed": "perhaps"}, "neither true nor false"),
        ({"email": "a@example.com", **good, "password_hash": "md5$x$y"}, "no hash of a kind that is known"),
        ({"email": "a@example.com", **good, "password_hash": "$2b$31$" + "a" * 53}, "too much memory or time"),
        ({"email": "a@example.com", **good, "password_hash": 7}, "password_hash is no text"),
        ({"email": "a@example.com", **good, "password_hash": all_kinds()["argon2"][:-1] + "9"}, "not whole"),
        ({"email": "a@example.com", **good, "password_hash": all_kinds()["argon2"][:-1] + "\0"}, "password_hash: "),
        ({"email": "a@example.com", **good, "password_hash": {"credentialData": "[" * 30_000}}, "password_hash: "),
        ({"email": "a@example.com", **good, "name": "x" * 300}, "name: "),
        ({"email": "a@example.com", **good, "name": 7}, "name is no text"),
        ({"email": "a@example.com", **good, "locale": "tlh"}, "locale: "),
        ({"email": "a@example.com", **good, "created_at": "yesterday"}, "no instant"),
        ({"email": "a@example.com", **good, "created_at": "0001-01-01T00:00:00+14:00"}, "no instant"),
        ({"email": "a@example.com", **good, "created_at": "2999-01-01T00:00:00Z"}, "still to come"),
        ({"email": "a@example.com", **good, "id": "7"}, "id is no UUID"),
        ({"email": "FIRST@example.com", **good}, "in the lines before"),
        ({"email": "waits@example.com", **good}, "nobody has confirmed"),
        ({"email": "a@example.com", **good, "id": str(before[0]["id"])}, "another account here has this id"),
        (["a@example.com"], "no JSON object"),
        ({"email": "ben@example.com", **good}, ""),
        ({"email": "last@example.com", **good}, ""),
    ]
    ended, told = await imported(tmp_path, postern, [line for line, _ in lines], "--mistakes", "mistakes.jsonl")
    mistakes = {
        one["line"]: one["mistake"] for one in map(json.loads, (tmp_path / "mistakes.jsonl").read_text().splitlines())
    }
    expected = {number: words for number, (_, words) in enumerate(lines, 1) if words}
    assert mistakes.keys() == expected.keys()
    assert [(number, mistakes[number]) for number, words in expected.items() if words not in mistakes[number]] == []
    assert ended.code == 1
    assert told == {"imported": 2, "there_already": 1, "mistakes": len(expected), "last_line": len(lines)}
    new = ["first@example.com", "last@example.com"]
    assert await User.filter(canonical_email__in=new).count() == 2
    assert await User.exclude(canonical_email__in=new).order_by("id").values() == before


@once
async def test_an_import_that_was_stopped_is_begun_again_and_every_account_is_there_once(
    postern: Postern, tmp_path: Path
) -> None:
    accounts = [{"email": f"guest-{number}@example.com", "password_hash": django(), **SURE} for number in range(6000)]
    file = in_lines(tmp_path / "accounts.jsonl", accounts)
    words = (*POSTERN, "users", "import", file.name, "--json")
    child = children.start(tmp_path, words, environment_of(postern.settings), "told", "complaint")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await User.all().exists():  # noqa: ASYNC110 - a row wakes nobody
            await asyncio.sleep(0.01)
    child.kill()
    await child.wait()
    there = await User.all().count()
    assert there % 1000 == 0, "whole batches or nothing"
    ended, told = await imported(tmp_path, postern, accounts)
    assert (ended.code, told["imported"], told["there_already"]) == (0, 6000 - there, there)
    assert await User.all().count() == 6000
    ended, told = await imported(tmp_path, postern, accounts, "--from-line", "5001")
    assert (told["imported"], told["there_already"], told["last_line"]) == (0, 1000, 6000)


def test_memory_does_not_grow_with_the_file_nor_with_a_line(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    with file.open("w") as lines:
        lines.write("email,name\n")
        lines.writelines(f"guest-{number}@example.com,Guest\n" for number in range(20_000))
        lines.write("x" * 3_000_000 + "\nlast@example.com,Last\n")
    tracemalloc.start()
    try:
        long, last = deque(records(file), maxlen=2)
        assert tracemalloc.get_traced_memory()[1] < 500_000, "the file has 3,600,000 bytes"
    finally:
        tracemalloc.stop()
    assert (long.line, "more than" in long.mistake) == (20_002, True)
    assert (last.line, last.known["email"], last.offset) == (20_003, "last@example.com", file.stat().st_size)


def test_lines_that_are_none_are_told_and_those_behind_them_are_read(tmp_path: Path) -> None:
    file = tmp_path / "accounts"
    first, second, long = b'{"email": "a@x.example"}', b'{"email": "b@x.example"}', b"[" * LONGEST
    wrong = [b"", b'{"email"', b"[" + long, b"[]", b'{"email": "\xff"}']
    file.write_bytes(b"\n".join([b"\xef\xbb\xbf" + first, *wrong, second]))
    told = [(one.line, one.known.get("email"), one.mistake) for one in records(file)]
    assert told == [
        (1, "a@x.example", ""),
        (3, None, "the line is no JSON"),
        (4, None, f"the line has more than {LONGEST} bytes"),
        (5, None, "the line is no JSON object"),
        (6, None, "the line is no JSON"),
        (7, "b@x.example", ""),
    ]
    file.write_text('email,name\na@x.example,"A\nof two lines"\nb@x.example\nc@x.example,"C" D\nd@x.example,D\n')
    read = [(one.line, one.known.get("email"), bool(one.mistake)) for one in records(file)]
    assert read == [(2, "a@x.example", False), (4, None, True), (5, None, True), (6, "d@x.example", False)]


@once
async def test_a_file_that_is_none_of_these_is_refused_as_a_whole(postern: Postern, tmp_path: Path) -> None:
    for text, complaint in [
        ('[{"email": "a@example.com"}]', "write each account on a line of its own"),
        ("name\nAnn\n", "has no column email"),
        ("", "has no column email"),
    ]:
        (tmp_path / "accounts").write_text(text)
        ended = await operate(tmp_path, postern.settings, "users", "import", "accounts")
        assert (ended.code, complaint in ended.complaint) == (1, True), ended.complaint
    (tmp_path / "accounts").write_text('{"email": "a@example.com"}\n')
    ended = await operate(tmp_path, postern.settings, "users", "import", "accounts", "--firebase", "accounts")
    assert (ended.code, "signer_key" in ended.complaint) == (2, True)
    assert await User.all().count() == 0


@once
async def test_it_reads_a_pipe_and_tells_of_columns_that_it_leaves_out(postern: Postern, tmp_path: Path) -> None:
    pipe = tmp_path / "accounts"
    os.mkfifo(pipe)
    lines = [{"email": EMAIL, **SURE, "disabled": True, "roles": ["admin"]}] * 2
    writing = asyncio.create_task(asyncio.to_thread(in_lines, pipe, lines))
    ended = await operate(tmp_path, postern.settings, "users", "import", pipe.name, "--json")
    await writing
    assert (ended.code, json.loads(ended.output)["imported"]) == (1, 1), "the second is a mistake"
    left_out, told = ended.complaint.splitlines()[:2], ended.complaint.splitlines()[2:]
    assert sorted(left_out) == [f"left out: {name}, which is no column" for name in ("disabled", "roles")]
    assert told == ["line 2: the address was in the lines before"]
    user = await User.get()
    assert (user.disabled_at, await UserRole.exists()) == (None, False)


@once
async def test_where_mistakes_cannot_be_written_it_stops_and_says_so(postern: Postern, tmp_path: Path) -> None:
    in_lines(tmp_path / "accounts", [{"email": EMAIL, **SURE}, {"email": "no address", **SURE}])
    ended = await operate(tmp_path, postern.settings, "users", "import", "accounts", "--mistakes", "/dev/full")
    assert (ended.code, ended.output) == (1, "")
    assert ended.complaint.splitlines()[0] == "Stopped; go on with --from-line 1"
    assert "Traceback" not in ended.complaint
    assert "DATABASE_URL" not in ended.complaint


async def test_no_plan_of_when_the_table_was_small_is_kept(all_databases: Databases) -> None:
    """After five of them PostgreSQL would keep one, whatever the table has become."""
    async with all_databases.fresh("postgres") as url, database.opened(url, 1):
        for number in range(8):
            account = importing.account_of({"email": f"{number}@example.com", **SURE}, None, all_confirmed=False)
            assert (await importing.write({1: account})).imported == 1
        kept = "SELECT sum(generic_plans)::int AS kept, count(*)::int AS asked FROM pg_prepared_statements"
        ours = """WHERE statement LIKE 'SELECT "canonical_email"%'"""
        (row,) = await require_context().db().execute_query_dict(f"{kept} {ours}")
    assert row == {"kept": 0, "asked": 2}
