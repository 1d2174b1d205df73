"""the server as a process: what it needs to start, keeps, and says in its log"""

import asyncio
import email
import email.policy
import json
import sqlite3
import stat
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest

from settings import Settings
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, ME, PASSWORD, REGISTER, running
from tests.support.postoffice import PostOffice, token_in
from tests.support.process import PATIENCE_SECONDS, SECRET, SERVE, production, run, serving

pytestmark = pytest.mark.anyio

PLAIN = "smtp://gate:hunter2@mail.example.com"
PEM = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"
AWAY = "postgres://gate:hunter2@127.0.0.1:1/postern"
NEEDED = ["PUBLIC_URL", "SECRET_KEY", "SIGNING_KEYS", "SMTP_URL"]


async def mailbox(folder: Path) -> list[EmailMessage]:
    """The letters that development has kept, as soon as there are any."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (files := list((folder / "var" / "mailbox").glob("*.eml"))):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


def break_database(folder: Path) -> None:
    """Have the next registration fail in its middle."""
    with closing(sqlite3.connect(folder / "var" / "postern.sqlite3")) as connection:
        connection.execute(
            "CREATE TRIGGER out_of_paper BEFORE INSERT ON letters BEGIN SELECT RAISE(ABORT, 'out of paper'); END"
        )


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        pytest.param({"ENVIRONMENT": "production", "PORT": "abc"}, ["PORT", *NEEDED], id="bare production"),
        pytest.param(production(), ["SMTP_URL"], id="no mail server"),
        pytest.param(
            {"SECRET_KEY": "hunter2", "SIGNING_KEYS": "hunter2", "SMTP_URL": PLAIN}, NEEDED[1:], id="bad secrets"
        ),
        pytest.param({"SIGNING_KEYS": "-----BEGIN hunter2"}, ["SIGNING_KEYS"], id="no PEM"),
        pytest.param({"SIGNING_KEYS": PEM}, ["SIGNING_KEYS"], id="a broken PEM"),
        pytest.param({"DATA_DIR": "/proc/nope"}, ["Postern cannot start: DATA_DIR cannot keep"], id="no data folder"),
        pytest.param({"DATABASE_URL": AWAY}, ["database"], id="no database server"),
        pytest.param({"DATABASE_URL": "sqlite:///x?mode=ro"}, ["DATABASE_URL"], id="no such database address"),
        pytest.param({"DATABASE_URL": "sqlite:///dev/null/x.sqlite3"}, ["database"], id="no database folder"),
    ],
)
async def test_it_does_not_start_with_wrong_settings_and_names_each_of_them_without_a_traceback(
    tmp_path: Path, environment: dict[str, str], named: list[str]
) -> None:
    ended = await run(tmp_path, **{"DATA_DIR": str(tmp_path / "var"), "PORT": "0", **environment})
    assert ended.code
    assert [name for name in named if name not in ended.complaint] == []
    assert "Traceback" not in ended.output + ended.complaint
    assert "hunter2" not in ended.output + ended.complaint


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        pytest.param({}, "REDIS_URL", id="each would count attempts for itself"),
        pytest.param({"REDIS_URL": "redis://127.0.0.1:1/0", "DATA_DIR": "/proc/nope"}, "DATA_DIR", id="no data folder"),
    ],
)
async def test_uvicorns_own_workers_do_not_start_and_none_stays_where_something_is_wrong(
    tmp_path: Path, environment: dict[str, str], named: str
) -> None:
    command = ("-m", "uvicorn", "--factory", "main:app", "--port", "0", "--workers", "2")
    ended = await run(tmp_path, *command, **{"DATA_DIR": str(tmp_path / "var"), **environment})
    assert named in ended.complaint
    assert "Traceback" not in ended.complaint


async def test_a_start_that_fails_when_the_database_is_open_by_then_is_told_to_whoever_starts_it_again(
    tmp_path: Path, make_settings: MakeSettings, post: PostOffice
) -> None:
    usual = {"database_url": f"sqlite://{tmp_path}/x.sqlite3", "signing_keys": "database", "smtp_url": post.url}
    async with running(make_settings(**usual, secret_key=SECRET[::-1]), post):
        pass
    given = {name.upper(): value for name, value in usual.items()}
    ended = await run(tmp_path, DATA_DIR=str(tmp_path), PORT="0", SECRET_KEY=SECRET, **given)
    assert (ended.code, '"serving"' in ended.output + ended.complaint) == (3, False), ended


async def test_what_stands_behind_the_command_by_mistake_is_told(tmp_path: Path) -> None:
    ended = await run(tmp_path, *SERVE, "--prot", "9000")
    assert (ended.code, ended.output) == (1, "")
    assert "no arguments but --help, and was given: --prot 9000" in ended.complaint


async def test_help_explains_every_setting(tmp_path: Path) -> None:
    ended = await run(tmp_path, *SERVE, "--help")
    assert ended.code == 0
    assert [name for name in Settings.model_fields if f"  {name.upper()} " not in ended.output] == []


async def test_development_keeps_its_keys_for_its_owner_alone_and_over_a_restart(
    tmp_path: Path, post: PostOffice
) -> None:
    settings = {"SMTP_URL": "", "PUBLIC_URL": "http://postern.test"}
    async with serving(tmp_path, post, **settings) as server:
        await server.register()
        (letter,) = await mailbox(tmp_path)
        await server.confirm(token_in(letter))
        access_token = (await server.login())["accessToken"]
        await server.kill()
    secrets = [tmp_path / "var" / name for name in ("secret-key", "signing-key-EdDSA.pem")]
    assert [stat.filemode(file.stat().st_mode) for file in secrets] == ["-rw-------"] * 2
    assert stat.filemode((tmp_path / "var" / "mailbox").stat().st_mode) == "drwx------"
    async with serving(tmp_path, post, **settings) as server:
        assert (await server.ask(ME, token=access_token))["data"]["me"]["email"] == EMAIL


async def test_logs_of_production_are_json_with_the_requests_id_and_without_any_secret(
    tmp_path: Path, post: PostOffice
) -> None:
    async with serving(tmp_path, post, **production()) as server:
        token = await server.registered()
        await server.confirm(token)
        login = await server.login()
        answer = await server.http.post("/graphql", json={"query": ME})
        break_database(tmp_path)
        broken = await server.ask(REGISTER, {"input": {"email": "bob@example.com", "password": PASSWORD}})
        assert broken["errors"][0]["extensions"]["code"]
        server.child.terminate()
        await server.stopped()
    lines = [json.loads(line) for line in server.log.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert answer.headers["X-Request-ID"] in [line["request_id"] for line in requests]
    assert any(line["level"] == "error" and line["exception"] for line in lines)
    assert {"serving", "registered", "email_confirmed", "logged_in", "letter_delivered", "stopped"} <= {
        line["event"] for line in lines
    }
    secrets = (PASSWORD, token, login["accessToken"], login["refreshToken"], EMAIL, "bob@example.com", SECRET)
    assert [secret for secret in secrets if secret in server.log] == []
