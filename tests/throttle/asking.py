"""Servers with limits, asked more than once."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from tests.support.postern import EMAIL, Postern
from tests.support.secrecy import Watch

WRONG = "not the password"
Throttled = Callable[..., AbstractAsyncContextManager[Postern]]


def kinds(answers: list[dict[str, Any]]) -> dict[str, int]:
    names = [answer["__typename"] for answer in answers]
    return {name: names.count(name) for name in sorted(set(names))}


async def tries(server: Postern, count: int, password: str = WRONG, email: str = EMAIL) -> list[dict[str, Any]]:
    return list(await asyncio.gather(*(server.login(email, password) for _ in range(count))))


def queries(watch: Watch) -> list[str]:
    """What the database was asked, but for what the outbox asks by itself."""
    asked = [json.loads(line.text)["event"] for line in watch.lines if line.logger == "tortoise.db_client"]
    return [text for text in asked if "letters" not in text]
