"""Does `me` stay quick while logins keep every hashing thread busy? `python -m benchmarks.saturation [seconds]`.

Some log in again and again, without a pause, and so there is always a queue for the hashing threads; one more asks for
`me` fifty times a second. On PostgreSQL, with the hash of production.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks import postern, postgres
from benchmarks.load import Figures, Person, asking, log_in, measured, noted, signed_in
from benchmarks.postern import PASSWORD
from benchmarks.processes import Server

SECONDS = 30.0
AT_ONCE = 8  # of those who log in


async def saturated(server: Server, people: list[Person], seconds: float) -> tuple[Figures, Figures]:
    """How me and the logins are answered meanwhile: others log in, for a new session may close one's oldest."""
    me, logins, over = Figures(), Figures(), asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)

    async def logging_in(number: int) -> None:
        while not over.is_set():
            await noted(logins, log_in(server, people[number].email, PASSWORD))

    await asyncio.gather(asking(server, people[AT_ONCE:], me, over), *map(logging_in, range(AT_ONCE)))
    return me, logins


def main() -> None:
    """Print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with (
        tempfile.TemporaryDirectory() as made,
        postgres.fresh(postgres.server(None), "saturation") as database,
        postern.serving(folder := Path(made), DATABASE_URL=database.url) as server,
    ):
        people = signed_in(folder, server)
        print(f"me before   {asyncio.run(measured(server, people, seconds=3))}")
        me, logins = asyncio.run(saturated(server, people, seconds))
        print(f"me during   {me}\nlogins      {logins}, {len(logins.milliseconds) / seconds:.1f} a second")


if __name__ == "__main__":
    main()
