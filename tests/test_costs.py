"""what a stranger can make the server read: no text costs more than about its length, and none costs much"""

import asyncio
import math
import time
from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from main import create_app
from tests.support.costs import CASES, Sent
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio

BUDGET_SECONDS = 0.1  # of the processor's time, for the worst there is; usual are a few thousandths
NOTHING_SECONDS = 0.02  # below which growth is not looked at: twice the length takes less than thrice the time
TIMES = 3


async def answered(app: Starlette, sent: Sent) -> tuple[int, float]:
    """The status, and the processor's time that it took."""
    messages: list[Message] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": sent.method,
        "path": sent.path,
        "query_string": sent.query,
        "root_path": "",
        "headers": [*([(b"content-type", sent.kind)] if sent.body else []), *sent.headers],
        "client": ("127.0.0.1", 1),
    }

    arriving = iter([{"type": "http.request", "body": sent.body, "more_body": False}])

    async def receive() -> Message:
        return next(arriving, None) or await asyncio.get_running_loop().create_future()

    async def send(message: Message) -> None:
        messages.append(message)

    started = time.process_time()
    await app(scope, receive, send)
    return messages[0]["status"], time.process_time() - started


async def cost(app: Starlette, name: str, of_length: Callable[[int], Sent], length: int) -> float:
    """The least of a few times; the first, where that is next to nothing."""
    least = math.inf
    for _ in range(TIMES):
        status, seconds = await answered(app, of_length(length))
        assert status not in (413, 414, 431, 500), f"{name}: {status}"
        least = min(least, seconds)
        if least < NOTHING_SECONDS:
            break
    return least


@once
async def test_nothing_costs_more_than_about_its_length_and_nothing_much(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    given = {"trusted_proxy_count": 1, "cors_origins": "https://app.example.com", "login_codes": True}
    app = create_app(make_settings(database_url=database_url, smtp_url=post.url, **given))
    dear = []
    async with app.router.lifespan_context(app):
        for name, (longest, of_length) in CASES.items():
            seconds = [await cost(app, name, of_length, length) for length in (longest // 2, longest)]
            if seconds[1] > min(BUDGET_SECONDS, NOTHING_SECONDS + 3 * seconds[0]):
                dear.append((name, seconds))
    assert not dear
