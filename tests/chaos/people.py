"""People who go on while something is broken, and remember every answer."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.support.postern import EMAIL, LOGIN, ME, PASSWORD, REGISTER, Postern
from tests.support.process import PATIENCE_SECONDS

BOUND_SECONDS = 40  # nobody waits longer for an answer, whatever is broken (docs/reliability.md says why)
AWAY = "503"
LOST = "connection lost"  # refused, or ended before the answer: whoever asked knows that nothing is certain
BEN = "ben@example.com"
GUEST = "guest-"
PAUSE_SECONDS = 0.02
WELL = 10  # good answers in a row to each of them: then it is over


@dataclass
class People:
    """Each registers somebody new, asks who they are, and logs in, again and again.

    `answers` counts what they saw. `registered` are the addresses that were answered for, and only these.
    """

    servers: Sequence[Postern]
    token: str
    many: int = 4
    anew: bool = False  # each question by a connection of its own
    may_see: Collection[str] = (AWAY,)
    answers: Counter[str] = field(default_factory=Counter)
    registered: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0
    troubled_at: float = 0
    in_a_row: Counter[int] = field(default_factory=Counter)
    _numbers: Any = field(default_factory=itertools.count)

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator["People"]:
        """They do until the end of the block; no answer may be wrong, and none may take longer than the bound."""
        tasks = [asyncio.create_task(self._go_on(nth)) for nth in range(self.many)]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert not self.wrong, self.wrong[:10]

    async def well(self, since: float) -> float:
        """Come back when everybody gets good answers again; how long after that moment the last bad one came."""
        self.in_a_row.clear()
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            while any(self.in_a_row[nth] < WELL for nth in range(self.many)) and not self.wrong:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return max(0.0, self.troubled_at - since)

    async def seen(self, what: str, times: int = 1) -> None:
        """Come back when they have seen it so often."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.answers[what] < times and not self.wrong:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def _go_on(self, nth: int) -> None:
        url = f"http://127.0.0.1:{self.servers[nth % len(self.servers)].settings.port}"
        kept = httpx2.Limits(max_keepalive_connections=0 if self.anew else 1)
        async with httpx2.AsyncClient(base_url=url, timeout=BOUND_SECONDS, limits=kept) as http:
            while True:
                for ask in (self._register, self._me, self._log_in):
                    started = time.monotonic()
                    try:
                        saw = await ask(http)
                    except httpx2.TimeoutException:
                        self.wrong.append(f"{ask.__name__}: no answer in {BOUND_SECONDS} s")
                        return
                    except httpx2.TransportError:
                        saw = LOST
                    except (AssertionError, ValueError, LookupError) as error:
                        self.wrong.append(f"{ask.__name__}: {error!r}")
                        return
                    self._saw(nth, saw, started)
                    await asyncio.sleep(PAUSE_SECONDS)

    def _saw(self, nth: int, saw: str, started: float) -> None:
        now = time.monotonic()
        self.answers[saw] += 1
        self.slowest = max(self.slowest, now - started)
        if saw == "200":
            self.in_a_row[nth] += 1
        else:
            self.in_a_row[nth] = 0
            self.troubled_at = now

    async def _register(self, http: httpx2.AsyncClient) -> str:
        email = f"{GUEST}{next(self._numbers)}@example.com"
        saw, body = await self._asked(http, REGISTER, email=email)
        if saw == "200":
            assert body["data"]["register"] == {"__typename": "Registered", "email": email}, body
            self.registered.append(email)
        return saw

    async def _log_in(self, http: httpx2.AsyncClient) -> str:
        saw, body = await self._asked(http, LOGIN, email=EMAIL)
        assert saw != "200" or body["data"]["login"]["__typename"] == "LoggedIn", body
        return saw

    async def _me(self, http: httpx2.AsyncClient) -> str:
        saw, body = await self._asked(http, ME, token=self.token)
        assert saw != "200" or body["data"]["me"]["email"] == BEN, body
        return saw

    async def _asked(self, http: httpx2.AsyncClient, query: str, *, token: str = "", **inputs: str) -> tuple[str, Any]:
        """What they saw, and the body: an answer is good, or it is one of those that the fault excuses."""
        variables = {"input": {**inputs, "password": PASSWORD}} if inputs else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        body = answer.json()
        if answer.status_code == httpx2.codes.OK:
            assert "errors" not in body, body
            return "200", body
        assert str(answer.status_code) in self.may_see, answer.text
        assert int(answer.headers["Retry-After"]) > 0
        if "errors" in body:
            assert {error["extensions"]["code"] for error in body["errors"]} == {"SERVICE_UNAVAILABLE"}, body
        return str(answer.status_code), body


async def people(*servers: Postern, **more: Any) -> People:
    """Some who use these servers. Ann logs in again and again: Ben's session has to make no room for hers."""
    await servers[0].joined()
    return People(servers, (await servers[0].joined(BEN))["accessToken"], **more)
