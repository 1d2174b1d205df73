"""People who are at work while nodes, keys or databases come and go, and who remember what they were told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.support.account import REFRESH
from tests.support.postern import LOGIN, ME, PASSWORD, REGISTER
from tests.support.process import PATIENCE_SECONDS, Process

PAUSE_SECONDS = 0.02
AWAY = {"SERVICE_UNAVAILABLE"}


@dataclass
class People:
    """They register, log in and refresh, and remember every answer that said it was done."""

    nodes: list[Process]
    registered: list[str] = field(default_factory=list)
    refreshed: dict[str, dict[str, Any]] = field(default_factory=dict)  # the newest tokens by address
    refused: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def done(self, number: int, query: str, **inputs: Any) -> dict[str, Any] | None:
        """The answer, or None where the database was away: never anything else."""
        body = await self.nodes[number % len(self.nodes)].ask(query, {"input": inputs})
        if "errors" in body:
            assert {error["extensions"]["code"] for error in body["errors"]} <= AWAY, body
            self.refused += 1
            return None
        (result,) = body["data"].values()
        return dict(result)

    async def register(self) -> None:
        for number in count():
            email = f"guest-{number}@example.com"
            if answer := await self.done(number, REGISTER, email=email, password=PASSWORD):
                assert answer["__typename"] == "Registered"
                self.registered.append(email)
            await asyncio.sleep(PAUSE_SECONDS)

    async def refresh(self, email: str) -> None:
        for number in count():
            known = self.refreshed[email]
            if answer := await self.done(number, REFRESH, refreshToken=known["refreshToken"]):
                assert answer["__typename"] == "Refreshed", answer
                self.refreshed[email] = answer
            await asyncio.sleep(PAUSE_SECONDS)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Everybody goes on all the while."""
        refreshing = [asyncio.create_task(self.refresh(email)) for email in self.refreshed]
        self.tasks = [asyncio.create_task(self.register()), *refreshing]
        try:
            yield
        finally:
            for task in self.tasks:
                task.cancel()
            await asyncio.wait(self.tasks)

    async def until(self, what: Callable[[], bool]) -> None:
        """Come back as soon as it is so, with everybody still at it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not what():
                for task in self.tasks:
                    assert not task.done(), task.exception()
                await asyncio.sleep(0.005)

    async def goes_on(self) -> None:
        """Come back once more of everything was acknowledged."""
        registered, before = len(self.registered) + 5, dict(self.refreshed)
        await self.until(
            lambda: (
                len(self.registered) >= registered
                and not any(self.refreshed[email] is tokens for email, tokens in before.items())
            )
        )

    async def all_is_there(self) -> None:
        """Every account that was acknowledged is known by its password, every session goes on by its newest token."""
        for email in self.registered:
            answer = await self.nodes[0].do(LOGIN, email=email, password=PASSWORD)
            assert answer["__typename"] == "EmailNotConfirmed", (email, answer)
        for email, tokens in self.refreshed.items():
            body = await self.nodes[0].ask(ME, token=tokens["accessToken"])
            assert body["data"]["me"]["email"] == email
            answer = await self.nodes[0].do(REFRESH, refreshToken=tokens["refreshToken"])
            assert answer["__typename"] == "Refreshed"
