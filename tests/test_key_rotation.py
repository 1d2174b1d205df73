"""A signing key is changed, step by step as docs/production.md says, and nobody notices"""

import stat
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from security.keys import NEW_KEYS
from tests.support.account import REFRESH
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postern import ME, Postern, running
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio
ALGORITHMS = ["EdDSA", "ES256", "RS256"]


def new_key(algorithm: str) -> str:
    key = NEW_KEYS[algorithm]()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def kid(login: dict[str, Any]) -> str:
    return str(jwt.get_unverified_header(login["accessToken"])["kid"])


async def published(server: Postern) -> list[str]:
    return [key["kid"] for key in (await server.http.get("/.well-known/jwks.json")).json()["keys"]]


async def accepts(server: Postern, login: dict[str, Any]) -> bool:
    body = await server.ask(ME, token=login["accessToken"])
    if not body["data"]["me"]:
        assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    return bool(body["data"]["me"])


@once
@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_key_is_changed_without_a_refusal(
    make_settings: MakeSettings, database_url: str, post: PostOffice, algorithm: str
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url, "secret_key": "s" * 32, "token_algorithm": algorithm}
    old, new = new_key(algorithm), new_key(algorithm)

    def node(*keys: str) -> Any:
        return running(make_settings(**usual, signing_keys="\n".join(keys)), post)

    async with node(old) as server:
        by_old = await server.logged_in()
        assert await published(server) == [kid(by_old)]

    async with node(old, new) as server:  # announced: others fetch it before anything is signed with it
        announced = await published(server)
        assert announced[0] == kid(by_old) == kid(await server.login())
        assert len(announced) == 2

    async with node(new, old) as server:
        by_new = await server.login()
        assert await published(server) == [kid(by_new), kid(by_old)] == announced[::-1]
        assert await accepts(server, by_old)
        assert await accepts(server, by_new)

    async with node(old, new) as server:  # a node that has not been restarted yet
        assert await accepts(server, by_new)

    async with node(new) as server:
        assert await published(server) == [kid(by_new)]
        assert await accepts(server, by_new)
        assert not await accepts(server, by_old)
        refreshed = await server.do(REFRESH, refreshToken=by_old["refreshToken"])
        assert refreshed["__typename"] == "Refreshed"  # nobody has to log in again
        assert kid(refreshed) == kid(by_new)
        assert await accepts(server, refreshed)


@once
async def test_a_server_without_keys_makes_them_and_leaves_nothing_else_behind(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url)
    async with running(settings, post) as server:
        login = await server.logged_in()
    modes = {file.name: stat.filemode(file.stat().st_mode) for file in settings.data_dir.iterdir()}
    assert modes == {"secret-key": "-rw-------", "signing-key-EdDSA.pem": "-rw-------"}
    async with running(settings, post) as server:
        assert await accepts(server, login), "the next one reads them"
