"""in production no webhook leads to a machine of ours, whatever its name; in development to this one"""

from typing import Any

import pytest

import outside
from tests.support.admins import admin
from tests.support.databases import once
from tests.support.elsewhere import Elsewhere
from tests.support.given import MakeSettings
from tests.support.postern import running
from tests.support.postoffice import PostOffice
from tests.support.process import production
from tests.support.webhooks import hook

pytestmark = [pytest.mark.anyio, once]
PRODUCTION = {name.lower(): value for name, value in production().items()}


@pytest.mark.parametrize(("known", "is_asked"), [(PRODUCTION, False), ({"environment": "development"}, True)])
async def test_a_name_that_leads_here_is_asked_in_development_alone(
    make_settings: MakeSettings,
    database_url: str,
    post: PostOffice,
    there: Elsewhere,
    monkeypatch: pytest.MonkeyPatch,
    *,
    known: dict[str, Any],
    is_asked: bool,
) -> None:
    monkeypatch.setattr(outside, "client", lambda *, local: there.client(local=local, allows=None))
    async with running(make_settings(**known, database_url=database_url, smtp_url=post.url), post) as server:
        told = await hook(await admin(server))
        await told.test()
        assert bool((await told.tried()).delivered_at) == is_asked
        assert bool(there.connections) == is_asked
