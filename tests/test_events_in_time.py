"""What a running server does with events by itself, while nobody asks for anything"""

import asyncio

import pytest

from events import failures
from models import AuditEvent
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postern import running
from tests.support.postoffice import PATIENCE_SECONDS, PostOffice

pytestmark = [pytest.mark.anyio, once]


async def test_failures_are_written_again_and_again(
    make_settings: MakeSettings, database_url: str, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "INTERVAL_SECONDS", 0.01)
    async with running(make_settings(database_url=database_url, smtp_url=post.url), post) as server:
        for rows in (1, 2):
            await server.login()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await AuditEvent.filter(event="login_failed").count() < rows:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
