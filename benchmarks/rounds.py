"""One round of one server: started anew, warmed up, asked by more and more at once, and what that costs."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx2

from benchmarks import wrk
from benchmarks.peers.peer import FIELDS, Peer, Person, Request
from benchmarks.postgres import Database
from benchmarks.processes import PATIENCE_SECONDS, Server, processor_seconds, tree

LOGINS_AT_ONCE = 4
LONGER = 2  # for logins, of which there are fewer a second
IDLE = 400  # connections that stay and say nothing more, whose memory is asked for


@dataclass(frozen=True)
class Load:
    """How much is asked: by how many connections, one number after the other, for how many seconds each.

    `warm_up` are the seconds before anything counts.
    """

    connections: tuple[int, ...]
    seconds: int
    warm_up: int


@dataclass(frozen=True)
class Sample:
    """What one number of connections got: answers a second, milliseconds, and microseconds of processors an answer.

    `database` is what PostgreSQL's processes for these connections have used beside, None where it runs elsewhere.
    """

    rate: float
    p50: float
    p99: float
    server: float
    database: float | None

    @property
    def both(self) -> float | None:
        """The processors' time with the database's."""
        return None if self.database is None else self.server + self.database


@dataclass(frozen=True)
class Round:
    """All of a round: `me` by connections, MiB after it, KiB for each connection that stays, database connections."""

    me: dict[int, Sample]
    login: Sample | None
    memory: float
    idle: float
    backends: int


@dataclass(frozen=True)
class Subject:
    """A server with everybody's accounts in a database of its own."""

    peer: Peer
    folder: Path
    database: Database
    people: list[Person]

    def measure(self, load: Load) -> Round:
        """Go through one round. Raises wrk.WrongAnswer."""
        with self._serving() as (server, http):
            asked = [self.peer.me(self.peer.sign_in(http, person)) for person in self.people]
            answers = [self._checked(http, *one) for one in zip(asked, self.people, strict=True)]
            requests = [request.raw() for request in asked]

            def ask(connections: int, seconds: int) -> wrk.Answered:
                return wrk.load(server.url, requests, connections, seconds, answers=answers)

            if load.warm_up:
                ask(max(load.connections), load.warm_up)
            idle = _idle(server, asked[0])
            me = {many: self._sample(server, ask, many, load.seconds) for many in load.connections}
            memory, backends = server.status("VmRSS") / 1024, len(self.database.backends())
            return Round(me, self._logins(server, load), memory, idle, backends)

    def close(self) -> None:
        """Take all sessions away. Raises wrk.WrongAnswer where one is still answered: it was not read."""
        with self._serving() as (_, http):
            asked = self.peer.me(self.peer.sign_in(http, self.people[0]))
            right = self._checked(http, asked, self.people[0])
            self.database.run(f"DELETE FROM {self.peer.sessions}")  # noqa: S608 - a name of ours
            if asked.send(http).text == right:
                raise wrk.WrongAnswer("a closed session is still answered")

    @contextmanager
    def _serving(self) -> Iterator[tuple[Server, httpx2.Client]]:
        with (
            self.peer.serving(self.folder, self.database) as server,
            httpx2.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as http,
        ):
            yield server, http

    def _logins(self, server: Server, load: Load) -> Sample | None:
        logins = [login.raw() for login in map(self.peer.login, self.people) if login]
        if not logins:
            return None

        def ask(connections: int, seconds: int) -> wrk.Answered:
            return wrk.load(server.url, logins, connections, seconds, answers=(), fragment=self.peer.logged_in)

        return self._sample(server, ask, LOGINS_AT_ONCE, LONGER * load.seconds)

    def _sample(
        self, server: Server, ask: Callable[[int, int], wrk.Answered], connections: int, seconds: int
    ) -> Sample:
        """Ask, and look at the processors' time before and afterwards."""
        backends = self.database.backends()
        processes = (tree(server.pid), backends)
        before = [processor_seconds(pids) for pids in processes]
        answered = ask(connections, seconds)
        used = [processor_seconds(pids) - was for pids, was in zip(processes, before, strict=True)]
        here, there = (seconds * 1e6 / answered.requests for seconds in used)
        rate = answered.requests / answered.seconds
        return Sample(rate, answered.p50, answered.p99, here, there if backends else None)

    def _checked(self, http: httpx2.Client, request: Request, person: Person) -> str:
        """The answer to `me`, which is about this person. Raises wrk.WrongAnswer."""
        answer = request.send(http).raise_for_status()
        user = self.peer.user(answer.json())
        told = [user[name] for name in FIELDS]
        if not told[0] or told[1:] != [person.email, person.name, person.locale]:
            raise wrk.WrongAnswer(answer.text)
        return answer.text


def middle(rounds: list[Round]) -> Round:
    """The median of each figure."""
    logins = [one.login for one in rounds if one.login]
    return Round(
        {many: _middle([one.me[many] for one in rounds]) for many in rounds[0].me},
        _middle(logins) if logins else None,
        median(one.memory for one in rounds),
        median(one.idle for one in rounds),
        round(median(one.backends for one in rounds)),
    )


def _middle(samples: list[Sample]) -> Sample:
    there = [one.database for one in samples if one.database is not None]
    rate, p50, p99, here = (median(getattr(one, name) for one in samples) for name in ("rate", "p50", "p99", "server"))
    return Sample(rate, p50, p99, here, median(there) if there else None)


def _idle(server: Server, request: Request) -> float:
    """How many KiB more the server holds for each connection that has asked once and stays."""
    before, kept = server.status("VmRSS"), []
    try:
        for _ in range(IDLE):
            kept.append(socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS))
            kept[-1].sendall(request.raw())
            kept[-1].recv(65536)
        return (server.status("VmRSS") - before) / IDLE
    finally:
        for connection in kept:
            connection.close()
