"""GraphQL over HTTP, as the audits of npm's graphql-http understand it."""

from pathlib import Path

import pytest

from tests.graphql_over_http.node import needs_node, node
from tests.support.given import MakeSettings
from tests.support.listening import listening

pytestmark = [pytest.mark.anyio, needs_node]
AUDIT = Path(__file__).parent / "audit.mjs"


async def test_every_audit_passes(make_settings: MakeSettings) -> None:
    async with listening(make_settings()) as address:
        assert await node(AUDIT, f"{address}/graphql") == (0, "61 passed, 0 failed")
