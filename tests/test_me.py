"""me, and the permission in front of it"""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models import Session, User
from security import tokens
from security.keys import KeyRing
from tests.support.databases import once
from tests.support.postern import EMAIL, ME, Postern
from tests.support.walks import each

pytestmark = pytest.mark.anyio


async def refused(postern: Postern, token: str | None = None) -> bool:
    body = await postern.ask(ME, token=token)
    assert body["data"] == {"me": None}
    (error,) = body["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    return True


async def accepted(postern: Postern, token: str) -> bool:
    body = await postern.ask(ME, token=token)
    assert body["data"]["me"]["email"] == EMAIL
    return "errors" not in body


def claims_of(postern: Postern, token: str, **changes: Any) -> dict[str, Any]:
    claims = jwt.decode(token, options={"verify_signature": False})
    return {name: value for name, value in (claims | changes).items() if value is not None}


def signed(postern: Postern, claims: dict[str, Any], key: Any = None, **header: Any) -> str:
    """A token with our own key, unless another is given."""
    keys = KeyRing(postern.settings)
    headers = {"typ": "at+jwt", "kid": keys.kid} | header
    return jwt.encode(claims, key or keys.signing_key, algorithm="EdDSA", headers=headers)


@once
async def test_a_fresh_token_says_who_it_belongs_to(postern: Postern) -> None:
    login = await postern.joined(name="Ann", locale="fr")
    body = await postern.ask(ME, token=login["accessToken"])
    assert body == {"data": {"me": login["user"]}}
    assert await accepted(postern, signed(postern, claims_of(postern, login["accessToken"])))


@once
async def test_without_a_bearer_token_there_is_no_answer(postern: Postern) -> None:
    token = (await postern.logged_in())["accessToken"]
    assert await refused(postern)

    async def is_none(header: str) -> None:
        assert await refused(postern.elsewhere(Authorization=header))

    elsewise = [token, f"Basic {token}", f"DPoP {token}", "Basic QW5uOnB3"]
    await each(["", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer ...", *elsewise], is_none)


@once
async def test_the_scheme_is_read_in_any_mix_of_capitals(postern: Postern) -> None:
    login = await postern.logged_in()
    body = await postern.ask(ME, Authorization=f"bearer  {login['accessToken']}")
    assert body["data"]["me"]["email"] == EMAIL


@once
async def test_the_token_of_a_deleted_user_is_refused(postern: Postern) -> None:
    login = await postern.logged_in()
    await User.all().delete()
    assert await refused(postern, token=login["accessToken"])


async def test_the_token_of_a_closed_session_is_refused_at_once(postern: Postern) -> None:
    login = await postern.logged_in()
    other = await postern.login()
    await Session.filter(id=claims_of(postern, login["accessToken"])["sid"]).delete()
    assert await refused(postern, token=login["accessToken"])
    assert await accepted(postern, other["accessToken"])


async def test_the_token_of_a_session_past_its_end_is_refused(postern: Postern) -> None:
    login = await postern.logged_in()
    await Session.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert await refused(postern, token=login["accessToken"])


@once
@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-20, True), (60, True)])
async def test_an_expired_token_is_refused_after_half_a_minute_of_leeway(
    postern: Postern, seconds: int, good: bool
) -> None:
    login = await postern.logged_in()
    claims = claims_of(postern, login["accessToken"], exp=datetime.now(UTC) + timedelta(seconds=seconds))
    token = signed(postern, claims)
    assert await (accepted(postern, token) if good else refused(postern, token=token))


@once
async def test_only_spaces_around_a_token_are_no_part_of_it(postern: Postern) -> None:
    token = (await postern.logged_in())["accessToken"]
    answers = {}
    for after in (b" ", b"\xa0", b"\x85"):  # what Python strips from text, but HTTP does not
        headers = {b"Authorization": b"Bearer  " + token.encode() + after}
        answer = await postern.http.post("/graphql", json={"query": ME}, headers=headers)
        answers[after] = answer.json()["data"]["me"] is not None
    assert answers == {b" ": True, b"\xa0": False, b"\x85": False}


@once
async def test_a_token_that_was_good_is_refused_once_its_time_is_over(
    postern: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "LEEWAY", timedelta(0))
    login = await postern.logged_in()
    lasting = login["accessToken"]
    brief = signed(postern, claims_of(postern, lasting, exp=datetime.now(UTC) + timedelta(seconds=2)))
    assert await accepted(postern, brief)
    async with asyncio.timeout(20):
        while (await postern.ask(ME, token=brief))["data"]["me"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert await refused(postern, token=brief)
    assert await accepted(postern, lasting)


@once
async def test_more_tokens_than_are_remembered_are_all_good(postern: Postern, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_REMEMBERED", 2)
    login = await postern.logged_in()
    several = [login["accessToken"], *[(await postern.login())["accessToken"] for _ in range(3)]]
    for token in several * 2:
        assert await accepted(postern, token)


@once
async def test_a_token_that_lacks_a_claim_is_refused(postern: Postern) -> None:
    login = await postern.logged_in()

    async def is_needed(claim: str) -> None:
        token = signed(postern, claims_of(postern, login["accessToken"], **{claim: None}))
        assert await refused(postern, token=token)

    await each(["exp", "iat", "iss", "aud", "sub", "jti", "sid"], is_needed)


FOREIGN: list[dict[str, Any]] = [
    {"iss": "https://elsewhere.example"},
    {"aud": "https://elsewhere.example"},
    {"aud": ["http://postern.test", "https://elsewhere.example"]},
    {"aud": "http://postern.test/refresh"},
    {"iat": 99_999_999_999},
    {"sub": str(uuid4())},
    {"sub": 1},
    {"sub": "not a uuid"},
    {"sid": str(uuid4())},
    {"sid": ["not a uuid"]},
    {"exp": "soon"},
]


@once
async def test_a_token_with_a_foreign_claim_is_refused(postern: Postern) -> None:
    login, keys = await postern.logged_in(), KeyRing(postern.settings)

    async def is_refused(changes: dict[str, Any]) -> None:
        payload = json.dumps(claims_of(postern, login["accessToken"], **changes)).encode()
        token = jwt.api_jws.encode(payload, keys.signing_key, "EdDSA", headers={"typ": "at+jwt", "kid": keys.kid})
        assert await refused(postern, token=token)

    await each(FOREIGN, is_refused)


HEADERS: list[dict[str, Any]] = [
    {"kid": "unknown"},
    {"kid": ""},
    {"typ": "JWT"},
    {"typ": "rt+jwt"},
    {"jku": "https://elsewhere.example/jwks.json"},
    {"x5u": "https://elsewhere.example/key.pem"},
    {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
    {"crit": ["exp"]},
]


@once
async def test_a_token_with_a_header_that_we_do_not_write_is_refused(postern: Postern) -> None:
    login = await postern.logged_in()
    claims = claims_of(postern, login["accessToken"])

    async def is_refused(header: dict[str, Any]) -> None:
        assert await refused(postern, token=signed(postern, claims, **header))

    await each(HEADERS, is_refused)


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


FORGERIES: dict[str, Callable[[Postern, str], str]] = {
    "signed with another key": lambda postern, token: signed(
        postern, claims_of(postern, token), key=Ed25519PrivateKey.generate()
    ),
    "not signed": lambda postern, token: (
        encoded({"alg": "none", "typ": "at+jwt", "kid": KeyRing(postern.settings).kid}) + f".{token.split('.')[1]}."
    ),
    "signed with the public key as a secret": lambda postern, token: jwt.encode(
        claims_of(postern, token),
        KeyRing(postern.settings).jwks()["keys"][0]["x"],
        algorithm="HS256",
        headers={"typ": "at+jwt", "kid": KeyRing(postern.settings).kid},
    ),
    "with another payload": lambda postern, token: ".".join(
        [token.split(".")[0], encoded(claims_of(postern, token, exp=99_999_999_999)), token.split(".")[2]]
    ),
    "with a character more": lambda postern, token: token + "=",
    "with a character less": lambda postern, token: token[:-2],
    "with a space in it": lambda postern, token: token[:40] + " " + token[40:],
    "very long": lambda postern, token: token + "A" * 7_000,
}


@once
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_a_forged_token_is_refused(postern: Postern) -> None:
    login = await postern.logged_in()

    async def is_refused(forged: Callable[[Postern, str], str]) -> None:
        assert await refused(postern, token=forged(postern, login["accessToken"]))

    await each(FORGERIES, is_refused)
    assert await accepted(postern, login["accessToken"])


@once
async def test_a_refresh_token_is_no_access_token(postern: Postern) -> None:
    login = await postern.logged_in()
    assert await refused(postern, token=login["refreshToken"])


@once
async def test_the_token_in_a_link_is_no_access_token(postern: Postern) -> None:
    assert await refused(postern, token=await postern.registered())


@once
async def test_two_users_each_see_themselves(postern: Postern) -> None:
    ann = await postern.logged_in()
    ben = await postern.logged_in("ben@example.com")
    assert (await postern.ask(ME, token=ben["accessToken"]))["data"]["me"]["email"] == "ben@example.com"
    assert await accepted(postern, ann["accessToken"])
