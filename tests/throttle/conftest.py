"""A server with limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.given import MakeSettings
from tests.support.postern import Postern, running
from tests.support.postoffice import PostOffice
from tests.throttle.asking import Throttled


@pytest.fixture
def throttled(make_settings: MakeSettings, database_url: str, post: PostOffice) -> Throttled:
    """A server with the limits given, and Ann's confirmed account."""

    @asynccontextmanager
    async def serve(**limits: Any) -> AsyncIterator[Postern]:
        usual = {"database_url": database_url, "smtp_url": post.url, "log_format": "json"}
        async with running(make_settings(**usual), post) as patient:
            await patient.confirm(await patient.registered())
        async with running(make_settings(**usual, **limits), post) as server:
            yield server

    return serve
