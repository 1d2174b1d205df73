"""the server as a process: whatever is wrong with an address that holds a password, nobody reads the password"""

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.process import SERVE, Ended, run

pytestmark = pytest.mark.anyio

MIGRATE = ("-m", "cli", "migrate")
UVICORN = ("-m", "uvicorn", "--factory", "main:app", "--port", "0")
PASSWORD = "s3cr3t-w0rd"
WAYS = pytest.mark.parametrize("command", [SERVE, MIGRATE, UVICORN], ids=["main.py", "migrate", "uvicorn"])


def told(ended: Ended, password: str) -> list[str]:
    """The pieces of a password that were printed."""
    pieces = {password[start : start + 4] for start in range(len(password) - 3)}
    return [piece for piece in pieces if piece in ended.output + ended.complaint]


def addresses(password: str) -> dict[str, str]:
    """Every setting that holds one, with this password in it as it is."""
    return {
        "DATABASE_URL": f"postgres://gate:{password}@127.0.0.1:1/x",
        "SMTP_URL": f"smtp://gate:{password}@127.0.0.1:1",
        "REDIS_URL": f"redis://:{password}@127.0.0.1:1/0",
    }


@pytest.mark.parametrize(
    "password",
    [
        *(f"s3cr3t{sign}w0rd" for sign in ("/", "?", "#", "@", "[", "]", "%", "%zz", "\u2100", "\t")),
        *("[s3cr3t]w0rd", "[::1]:s3cr3t/w0rd", "0815/w0rd@s3cr3t", "65536/w0rd", "?s3cr3t=w0rd", "w0rd@s3cr3t:1/"),
    ],
)
async def test_of_a_password_that_is_not_encoded_nothing_is_told_but_what_would_be_right(
    tmp_path: Path, password: str
) -> None:
    ended = await run(tmp_path, DATA_DIR=str(tmp_path), PORT="0", **addresses(password))
    assert ended.code
    assert "Traceback" not in ended.output + ended.complaint
    for name in addresses(password):
        (line,) = [line for line in ended.complaint.splitlines() if line.split()[:1] == [name]]
        assert "%2F %3F %23 %40" in line
    assert told(ended, password) == []


@pytest.mark.parametrize(
    "setting",
    [
        {"DATABASE_URL": f"postgres://gate:{PASSWORD}"},
        {"DATABASE_URL": f"postgres://gate@127.0.0.1:1/x?{PASSWORD}"},
        {"DATABASE_URL": f"postgres://gate@127.0.0.1:1/x?sslmode={PASSWORD}"},
        {"DATABASE_URL": f"postgres://gate@127.0.0.1/x?port={PASSWORD}"},
        {"DATABASE_URL": f"postgres://gate@127.0.0.1:1/x?password={PASSWORD}"},
        {"DATABASE_URL": addresses(quote(f"/?#@{PASSWORD}", safe=""))["DATABASE_URL"]},
        {"DATABASE_URL": f"mysql://gate:{PASSWORD}@127.0.0.1/x"},
        {"REDIS_URL": f"redis://127.0.0.1:{PASSWORD}/0"},
        {"REDIS_URL": f"unix://gate:{PASSWORD}@/run/redis"},
        {"SMTP_URL": f"smtp://127.0.0.1:{PASSWORD}"},
        {"SMTP_URL": f"http://gate:{PASSWORD}@127.0.0.1"},
        {"PUBLIC_URL": f"https://gate:{PASSWORD}@accounts.example.com"},
        {"LOGIN_URL": f"//gate:{PASSWORD}@accounts.example.com"},
    ],
    ids=lambda setting: " ".join(f"{name}={value}" for name, value in setting.items()),
)
async def test_nor_is_it_where_something_else_is_wrong(tmp_path: Path, setting: dict[str, str]) -> None:
    ended = await run(tmp_path, DATA_DIR=str(tmp_path), PORT="0", **setting)
    assert ended.code
    assert "Traceback" not in ended.output + ended.complaint
    assert next(iter(setting)) in ended.complaint
    assert told(ended, PASSWORD) == []


@WAYS
@pytest.mark.parametrize("password", [PASSWORD, "s3cr3t/w0rd"])
async def test_nor_is_it_where_the_server_is_away_however_one_starts(
    tmp_path: Path, command: tuple[str, ...], password: str
) -> None:
    url = addresses(password)["DATABASE_URL"]
    ended = await run(tmp_path, *command, DATA_DIR=str(tmp_path), PORT="0", DATABASE_URL=url)
    assert ended.code
    assert told(ended, password) == []
    assert ("Traceback" in ended.output + ended.complaint) == (command == UVICORN and password == PASSWORD)
