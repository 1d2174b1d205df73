"""Our access tokens and public keys, as npm's jose reads them."""

import json
from pathlib import Path

import httpx2
import pytest

from tests.graphql_over_http.node import needs_node, node
from tests.support.given import MakeSettings
from tests.support.listening import listening
from tests.support.postern import Postern
from tests.support.postoffice import PostOffice

pytestmark = [pytest.mark.anyio, needs_node]
VERIFY = Path(__file__).parent / "verify.mjs"


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
async def test_another_implementation_accepts_an_access_token(
    make_settings: MakeSettings, post: PostOffice, algorithm: str
) -> None:
    settings = make_settings(smtp_url=post.url, token_algorithm=algorithm)
    async with listening(settings) as address, httpx2.AsyncClient(base_url=address, verify=False) as http:
        login = await Postern(settings, http, post).joined()
        known = [f"{address}/.well-known/jwks.json", settings.public_url]
        token = login["accessToken"]

        status, printed = await node(VERIFY, *known, settings.token_audience, token, algorithm)
        assert (status, json.loads(printed)["sub"]) == (0, login["user"]["id"])

        assert await node(VERIFY, *known, "another audience", token, algorithm) == (
            1,
            'ERR_JWT_CLAIM_VALIDATION_FAILED: unexpected "aud" claim value',
        )
