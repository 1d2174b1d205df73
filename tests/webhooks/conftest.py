"""A receiver on loopback, which the server believes to be somewhere in the world."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import outside
from database import worker
from tests.support.admins import Admin, admin
from tests.support.elsewhere import Elsewhere, elsewhere
from tests.support.given import MakeSettings
from tests.support.postern import Postern, running
from tests.support.postoffice import PostOffice


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on its way has to wake the worker, which does not look by itself."""
    monkeypatch.setattr(worker, "POLL_SECONDS", 3600)


@pytest.fixture
async def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Elsewhere]:
    async with elsewhere(tmp_path) as receiver:
        monkeypatch.setattr(outside, "client", receiver.client)
        yield receiver


@pytest.fixture
async def server(
    make_settings: MakeSettings, database_url: str, post: PostOffice, there: Elsewhere
) -> AsyncIterator[Postern]:
    """A server that tells its webhooks there, and whose log is JSON."""
    async with running(make_settings(database_url=database_url, smtp_url=post.url, log_format="json"), post) as one:
        yield one


@pytest.fixture
async def ada(server: Postern) -> Admin:
    return await admin(server)
