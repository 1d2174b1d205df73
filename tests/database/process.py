"""Another process: `python -m tests.database.process count|migrate URL GATE`. It starts when GATE is open."""

import asyncio
import fcntl
import sys
import warnings
from pathlib import Path

from tortoise.transactions import in_transaction

import database
from models import User
from tests.support.process import PATIENCE_SECONDS, run

TIMES = 100


async def count(url: str) -> None:
    """Read a number and write the next one, which loses none only where each step excludes all others."""
    async with database.opened(url, 1):
        for _ in range(TIMES):
            async with in_transaction():
                user = await User.get()
                user.name = str(int(user.name or 0) + 1)
                await user.save(update_fields=["name"])


async def migrate(url: str) -> None:
    names = await database.migrate(url)
    sys.stdout.write(" ".join(names))


async def two_at_once(folder: Path, command: str, url: str) -> list[str]:
    """What two processes that run the command at the same time print; both have to succeed."""
    folders = [folder / name for name in "ab"]
    gate = folder / "gate"
    with gate.open("w") as closed:
        fcntl.flock(closed, fcntl.LOCK_EX)
        for each in folders:
            each.mkdir()
        both = [asyncio.create_task(run(each, "-m", __name__, command, url, str(gate))) for each in folders]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not all((each / "ready").exists() for each in folders):  # noqa: ASYNC110 - a file wakes nobody
                await asyncio.sleep(0.02)
    ended = await asyncio.gather(*both)
    assert [one.code for one in ended] == [0, 0], ended
    return [one.output for one in ended]


def main() -> None:
    command, url, gate = sys.argv[1:]
    warnings.simplefilter("error")
    with Path(gate).open() as closed:
        Path("ready").touch()
        fcntl.flock(closed, fcntl.LOCK_SH)  # as soon as nobody holds it alone
    asyncio.run({"count": count, "migrate": migrate}[command](url))


if __name__ == "__main__":
    main()
