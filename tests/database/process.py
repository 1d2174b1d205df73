"""Another process: `python -m tests.database.process count|migrate URL`. It starts when told to on its input."""

import asyncio
import sys

from tortoise.transactions import in_transaction

import database
from models import User

TIMES = 200


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


async def two_at_once(command: str, url: str) -> list[str]:
    """What two processes that run the command at the same time print; both have to succeed."""
    arguments = ("-W", "error", "-m", __name__, command, url)
    pipe = asyncio.subprocess.PIPE
    both = [await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=pipe, stdout=pipe) for _ in "ab"]
    for process in both:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    answers = await asyncio.gather(*(process.communicate(b"go\n") for process in both))
    assert [process.returncode for process in both] == [0, 0]
    return [output.decode() for output, _ in answers]


if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    asyncio.run({"count": count, "migrate": migrate}[sys.argv[1]](sys.argv[2]))
