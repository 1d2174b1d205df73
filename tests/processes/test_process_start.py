"""the server as a process: what its log says of where it is, and when"""

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

import database
from tests.support import children, secrecy
from tests.support.postoffice import PostOffice
from tests.support.process import CHEAP, PATIENCE_SECONDS, SERVE, production, run, serving
from web.server.ports import open_port

pytestmark = pytest.mark.anyio

UVICORN = ("-m", "uvicorn", "--factory", "main:app", "--port", "{port}")
NOWHERE = "redis://:hunter2@127.0.0.1:1/0"


async def test_the_first_line_names_the_addresses_and_serving_comes_when_the_port_is_there(
    tmp_path: Path, post: PostOffice
) -> None:
    async with serving(tmp_path, post, LOG_FORMAT="json", SMTP_URL="") as server:
        await server.says('"serving"')
        lines = [json.loads(line) for line in server.log.splitlines()]
        address = f"http://127.0.0.1:{server.settings.port}"
        (first,) = [line for line in lines if line["event"] == "starting"]
        assert first["start_page"] == f"{address}/"
        assert first["graphiql"] == f"{address}/graphql"
        assert first["mail"] == f"{address}/mailbox"
        assert first["health"] == f"{address}/healthz"
        assert first["database"] == f"sqlite {tmp_path / 'var' / 'postern.sqlite3'}"
        (told,) = [line for line in lines if line["event"] == "serving"]
        assert (told["url"], told["port"]) == (address, server.settings.port)
        events = [line["event"] for line in lines]
        assert events.index("starting") < events.index("Application startup complete.") < events.index("serving")


@pytest.mark.parametrize("dialect", ["postgres"])
async def test_production_begins_with_what_it_works_with_and_names_no_page_that_is_not_there(
    tmp_path: Path, post: PostOffice, database_url: str
) -> None:
    async with serving(tmp_path, post, **production(), DATABASE_URL=database_url, REDIS_URL=NOWHERE) as server:
        lines = [json.loads(line) for line in server.log.splitlines()]
    (first,) = [line for line in lines if line["event"] == "starting"]
    told = {"mail": "SMTP", "database": database.described(database_url), "redis": True, "processes": 1}
    address = {"health": "https://accounts.example.com/healthz"}
    assert {name: first[name] for name in first.keys() - {"event", "level", "timestamp"}} == told | address


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:///srv/postern.sqlite3", "sqlite /srv/postern.sqlite3"),
        ("postgres://gate:hunter2@[::1]:5432,db.example/x?password=hunter2", "postgres [::1]:5432,db.example/x"),
        ("postgresql:///x?host=/run/postgresql&user=gate&password=hunter2", "postgres /run/postgresql/x"),
        ("postgres://gate@db.example?dbname=x&password=hunter2", "postgres db.example/x"),
    ],
)
def test_the_log_names_the_database_without_its_user_and_password(url: str, told: str) -> None:
    assert database.described(url) == told


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])  # noqa: S104 - the setting
async def test_who_finds_the_port_taken_says_what_to_set_and_touches_nothing(
    tmp_path: Path, post: PostOffice, host: str
) -> None:
    async with serving(tmp_path, post) as server:
        port = server.settings.port
        ended = await run(tmp_path, HOST=host, PORT=str(port), DATA_DIR=str(tmp_path / "other"))
        assert (await server.http.get("/healthz")).status_code == httpx2.codes.OK
    assert ended.code
    assert ended.complaint == f"Postern cannot start: port {port} of {host} is taken. Set PORT (0: any that is free).\n"
    assert ended.output == ""
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("port", ["0", "8000"])
@pytest.mark.parametrize("host", ["nonsense.invalid", "192.0.2.1", f"{'x' * 64}.example"])
async def test_a_host_that_is_not_here_is_named(tmp_path: Path, host: str, port: str) -> None:
    ended = await run(tmp_path, HOST=host, PORT=port, DATA_DIR=str(tmp_path / "var"))
    assert ended.code
    assert ended.complaint.startswith(f"Postern cannot start: HOST={host} ")
    assert ended.complaint.count("\n") == 1
    assert ended.output == ""
    assert not (tmp_path / "var").exists()


def test_a_port_that_somebody_has_just_left_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
        port = listener.getsockname()[1]
        listener.accept()[0].close()  # who closes first remembers the connection for a while, and its port with it
    assert open_port("127.0.0.1", port) == port


async def test_a_setting_that_is_misspelt_in_the_file_or_the_environment_is_told_and_nothing_else_of_them(
    tmp_path: Path, post: PostOffice
) -> None:
    (tmp_path / ".env").write_text("PROT=hunter2\napp_name=Gate\nSMPT_URL=hunter2\nPATH_OF_SOMEBODY_ELSE=1\n# HOTS=1\n")
    around = {"CORS_ORIGIN": "hunter2", "PAGER": "less", "PGPORT": "1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "hunter2"}
    async with serving(tmp_path, post, LOG_FORMAT="json", **around) as server:
        lines = [json.loads(line) for line in server.log.splitlines()]
    told = {line["name"]: line["meant"] for line in lines if line["event"] == "unknown_setting"}
    assert told == {"PROT": "PORT", "SMPT_URL": "SMTP_URL", "CORS_ORIGIN": "CORS_ORIGINS"}
    assert "hunter2" not in server.log


async def test_uvicorns_own_command_leaves_it_to_uvicorn_to_say_so(tmp_path: Path, post: PostOffice) -> None:
    async with serving(tmp_path, post, *UVICORN) as server:
        await server.says("Uvicorn running on")
        assert "starting" in server.log
        assert "serving" not in server.log


async def test_on_any_free_port_log_pages_and_letters_know_which(tmp_path: Path, post: PostOffice) -> None:
    environment = {"DATA_DIR": str(tmp_path / "var"), "PORT": "0", "SMTP_URL": post.url, "LOG_FORMAT": "json", **CHEAP}
    child = children.start(tmp_path, SERVE, environment, "log", "log")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (told := [line for line in lines(tmp_path / "log") if line["event"] == "serving"]):  # noqa: ASYNC110
                await asyncio.sleep(0.02)  # a file wakes nobody
        async with httpx2.AsyncClient(base_url=told[0]["url"]) as http:
            assert (await http.get("/readyz")).status_code == httpx2.codes.OK
    finally:
        child.kill()
        await child.wait()
    secrecy.present.read((tmp_path / "log").read_text())
    assert told[0]["port"]
    assert told[0]["url"] == f"http://127.0.0.1:{told[0]['port']}"


def lines(file: Path) -> list[dict[str, Any]]:
    """What has been told so far, in whole lines."""
    return [json.loads(line) for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]


@pytest.fixture
def two_addresses(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Has a name stand for two addresses, as `localhost` does on most machines."""

    def stand_for(*hosts: str) -> None:
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda _, port, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts],
        )

    return stand_for


@pytest.mark.parametrize("hosts", [("127.0.0.1", "127.0.0.2"), ("127.0.0.2", "127.0.0.1")])
def test_a_port_has_to_be_free_on_every_address_of_a_name(
    two_addresses: Callable[[str, str], None], hosts: tuple[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        two_addresses(*hosts)
        with pytest.raises(SystemExit, match=f"port {port} of localhost is taken"):
            open_port("localhost", port)


def test_of_two_addresses_of_a_name_one_may_not_be_here(two_addresses: Callable[[str, str], None]) -> None:
    two_addresses("192.0.2.1", "127.0.0.1")
    port = open_port("localhost", 0)
    with socket.create_server(("127.0.0.1", port)):
        pass
