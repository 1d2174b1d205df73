"""A signing key is changed, step by step as docs/production.md says, and nobody notices"""

import stat
import time
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448

from security.keys import NEW_KEYS, KeyRing, pem_of
from tests.support.account import REFRESH
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postern import ME, Postern, running
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio
ALGORITHMS = ["EdDSA", "ES256", "RS256"]


UNFIT: dict[str, list[Any]] = {
    "EdDSA": [ed448.Ed448PrivateKey.generate(), NEW_KEYS["ES256"]()],
    "ES256": [*map(ec.generate_private_key, (ec.SECP384R1(), ec.SECP256K1())), NEW_KEYS["EdDSA"]()],
    "RS256": [NEW_KEYS["ES256"]()],
}


def new_key(algorithm: str) -> str:
    return pem_of(NEW_KEYS[algorithm]())


def kid(login: dict[str, Any]) -> str:
    return str(jwt.get_unverified_header(login["accessToken"])["kid"])


MEMBERS = {  # RFC 7518 §6, RFC 8037 §2: no private one, and no `key_ops` beside `use` (RFC 7517 §4.3)
    "EdDSA": {"kty", "crv", "x"},
    "ES256": {"kty", "crv", "x", "y"},
    "RS256": {"kty", "n", "e"},
}


async def published(server: Postern) -> list[str]:
    keys = (await server.http.get("/.well-known/jwks.json")).json()["keys"]
    algorithm = server.settings.token_algorithm
    for key in keys:
        assert key.keys() == {"kid", "alg", "use"} | MEMBERS[algorithm]
        assert (key["alg"], key["use"]) == (algorithm, "sig")
    return [key["kid"] for key in keys]


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


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_of_another_kind_or_curve_than_the_algorithms_is_not_taken(
    make_settings: MakeSettings, algorithm: str
) -> None:
    for unfit in map(pem_of, UNFIT[algorithm]):
        with pytest.raises(ValueError, match=f"does not fit TOKEN_ALGORITHM {algorithm}"):
            KeyRing(make_settings(token_algorithm=algorithm, signing_keys=unfit))


def test_where_a_clock_says_that_no_key_may_sign_yet_the_first_does(make_settings: MakeSettings) -> None:
    ring, now = KeyRing(make_settings(signing_keys="database")), time.time()
    old, new, last = (ring.pair(new_key("EdDSA"), signs_from=now + later) for later in (100, 200, 300))
    ring.hold([old, new, last])
    assert ring.kid == old.kid
    ring.hold([replace(old, signs_from=now), replace(new, signs_from=now), last])
    assert ring.kid == new.kid
