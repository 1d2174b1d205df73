"""The machine has no disk left, no descriptors, or the wrong time"""

import asyncio
import os
import resource
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path

import pytest

import database
from tests.chaos.faults import Told, nothing_is_lost
from tests.chaos.people import AWAY, LOST, people
from tests.support.account import REFRESH
from tests.support.factors import in_steps, set_up
from tests.support.postern import ME
from tests.support.postoffice import PostOffice
from tests.support.process import serving

pytestmark = pytest.mark.anyio
DISK = "size=6m"
DESCRIPTORS = 64
IDLE = 200  # clients that connect and say nothing
APART_SECONDS = 30
FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)
ANEW = ("-m", "tests.chaos.anew")


def _mounts() -> bool:
    """Whether this process may mount: root in a container may not everywhere."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of a few MiB."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave no byte."""
    ballast = folder / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (64 * 1024, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:  # there is less room than that
                continue
    return ballast


@pytest.mark.needs(_mounts(), "only root can mount a small disk")
async def test_a_full_disk_under_sqlite_is_told_and_over_as_soon_as_there_is_room(
    tmp_path: Path, post: PostOffice, told: Told
) -> None:
    with small_disk(tmp_path / "small") as disk:
        file = disk / "postern.sqlite3"
        async with serving(tmp_path, post, DATABASE_URL=f"sqlite://{file}") as server:
            guests = await people(server)
            async with guests.going_on():
                await guests.well(time.monotonic())
                ballast = fill(disk)
                await guests.seen(AWAY, 20)
                answer = await server.http.get("/readyz")
                assert (answer.status_code, "takes no writes" in answer.text) == (503, True)
                ballast.unlink()
                over_at = time.monotonic()
                back = await guests.well(over_at)
            kept = await nothing_is_lost(server, f"sqlite://{file}", guests)
            assert "internal_error" not in server.log
        with closing(sqlite3.connect(file)) as other:
            assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    told.tell("disk full under SQLite", guests, back, kept)


@pytest.mark.parametrize("dialect", ["postgres"])
async def test_with_sixty_four_descriptors_and_two_hundred_idle_clients_it_serves_again_as_soon_as_they_are_gone(
    tmp_path: Path, post: PostOffice, database_url: str, told: Told
) -> None:
    async with serving(tmp_path, post, DATABASE_URL=database_url) as server, AsyncExitStack() as stack:
        resource.prlimit(server.child.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        guests = await people(server, anew=True)
        async with guests.going_on():
            await guests.well(time.monotonic())
            for _ in range(IDLE):
                _, writer = await asyncio.open_connection("127.0.0.1", server.settings.port)
                stack.callback(writer.close)
            await guests.seen(LOST, 20)
            await stack.aclose()
            over_at = time.monotonic()
            back = await guests.well(over_at)
        kept = await nothing_is_lost(server, database_url, guests)
        assert (await server.http.get("/readyz")).json() == {"status": "ready"}
        assert "internal_error" not in server.log
    told.tell(f"{DESCRIPTORS} descriptors, {IDLE} idle clients", guests, back, kept)


@pytest.mark.needs(FAKETIME is not None, "libfaketime is not installed (Debian: faketime)")
@pytest.mark.parametrize("dialect", ["postgres"])
async def test_two_servers_whose_clocks_are_half_a_minute_apart_are_one_server(
    tmp_path: Path, post: PostOffice, database_url: str, told: Told
) -> None:
    shared = {"DATABASE_URL": database_url, "SECRET_KEY": "s" * 32, "PUBLIC_URL": "http://postern.test"}
    ahead = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": f"+{APART_SECONDS}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    async with (
        serving(tmp_path, post, **shared) as here,
        serving(tmp_path, post, *ANEW, **shared, **ahead) as there,
    ):
        for one, other in ((here, there), (there, here)):
            email = f"{one.settings.port}@example.com"
            await other.confirm(await one.registered(email))
            login, at_other = await one.login(email), await other.login(email)
            apart = [datetime.fromisoformat(answer["expiresAt"]).timestamp() for answer in (login, at_other)]
            assert abs(apart[0] - apart[1]) > APART_SECONDS / 2, "the clock of the other is not ahead"
            assert (await other.ask(ME, token=login["accessToken"]))["data"]["me"]["email"] == email
            refreshed = await other.do(REFRESH, refreshToken=login["refreshToken"])
            again = await one.do(REFRESH, refreshToken=refreshed["refreshToken"])
            assert (await other.ask(ME, token=again["accessToken"]))["data"]["me"]["email"] == email
            async with database.opened(database_url, 1):
                app = await set_up(one, again)
                assert (await in_steps(other, app, email))["__typename"] == "LoggedIn"
        guests = await people(here, there, may_see=())
        async with guests.going_on():
            await guests.well(time.monotonic())
        kept = await nothing_is_lost(here, database_url, guests)
        assert "letter_delivered" in here.log
        assert "letter_delivered" in there.log
        assert "internal_error" not in here.log + there.log
    told.tell(f"two servers, their clocks {APART_SECONDS} s apart", guests, None, kept)
