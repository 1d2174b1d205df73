"""Servers with limits, asked more than once."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from tests.support.postern import EMAIL, Postern

WRONG = "not the password"
Throttled = Callable[..., AbstractAsyncContextManager[Postern]]


def kinds(answers: list[dict[str, Any]]) -> dict[str, int]:
    names = [answer["__typename"] for answer in answers]
    return {name: names.count(name) for name in sorted(set(names))}


async def tries(server: Postern, count: int, password: str = WRONG, email: str = EMAIL) -> list[dict[str, Any]]:
    return list(await asyncio.gather(*(server.login(email, password) for _ in range(count))))
