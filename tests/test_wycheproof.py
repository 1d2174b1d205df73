"""Project Wycheproof's JSON Web Signature vectors (`data/README.md`) against our verifiers and what these rest on

No vector has our header, so our verifiers refuse each before they look at its signature. What they rest on judges it:
the compact form, then PyJWT with one allowed algorithm.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from errors import InvalidToken, Unauthenticated
from security.keys import KeyRing, SecretKey
from security.own_tokens import require_compact
from security.tokens import AccessClaims, AccessTokens, RefreshClaims, RefreshTokens
from settings import ROOT, Settings

VECTORS = json.loads((ROOT / "tests/data/wycheproof_json_web_signature.json").read_text())
GROUPS = {f"{group['comment']} from {group['tests'][0]['tcId']}": group for group in VECTORS["testGroups"]}
SECRET = [name for name, group in GROUPS.items() if group["private"]["kty"] == "oct"]
PUBLIC = [name for name in GROUPS if name not in SECRET]

# Four verdicts are not to be followed. The padding that the first two are named for is not there: they are, character
# for character, the valid 357. The others are called valid with a `?` in a part, which RFC 7515 §5.2 forbids.
VALID_AFTER_ALL = {367, 370}
INVALID_AFTER_ALL = {372, 373}


def is_valid(test: dict[str, Any]) -> bool:
    by_verdict = test["result"] == "valid"
    return (by_verdict or test["tcId"] in VALID_AFTER_ALL) and test["tcId"] not in INVALID_AFTER_ALL


def is_taken(token: str, group: dict[str, Any]) -> bool:
    key = jwt.PyJWK(group.get("public", group["private"]))
    try:
        require_compact(token)
        jwt.PyJWS().decode(token, key.key, algorithms=[group["private"]["alg"]])
    except (jwt.PyJWTError, ValueError):
        return False
    return True


def test_no_vector_got_lost_and_every_verdict_is_clear() -> None:
    tests = [test for group in GROUPS.values() for test in group["tests"]]
    assert VECTORS["numberOfTests"] == len({test["tcId"] for test in tests}) == len(tests) == 326
    assert [test["result"] for test in tests].count("valid") == 20
    assert [test["result"] for test in tests].count("invalid") == 306


@pytest.mark.parametrize("name", GROUPS)
def test_what_is_valid_is_taken_and_what_is_invalid_is_refused(name: str) -> None:
    group = GROUPS[name]
    taken = {test["tcId"] for test in group["tests"] if is_taken(test["jws"], group)}
    valid = {test["tcId"] for test in group["tests"] if is_valid(test)}
    assert taken == valid


def test_the_verdicts_that_are_not_followed_are_mistaken() -> None:
    tests = {test["tcId"]: test for test in GROUPS["base64 from 357"]["tests"]}
    assert {tests[number]["jws"] for number in VALID_AFTER_ALL} == {tests[357]["jws"]}
    assert tests[357]["result"] == "valid"
    assert all("?" in tests[number]["jws"] for number in INVALID_AFTER_ALL)


@pytest.mark.parametrize("name", PUBLIC)
def test_no_vector_is_an_access_token_even_where_its_key_is_ours(name: str, tmp_path: Path) -> None:
    jwk = GROUPS[name]["private"]
    pem = jwt.PyJWK(jwk).key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    algorithm = {"EC": "ES256", "RSA": "RS256"}[jwk["kty"]]
    settings = Settings(_env_file=None, data_dir=tmp_path, token_algorithm=algorithm, signing_keys=pem)
    keys = KeyRing(settings)
    keys.public_keys[jwk["kid"]] = keys.public_keys[keys.kid]
    tokens = AccessTokens(settings, keys)
    user, session = uuid4(), uuid4()
    assert tokens.verify(
        tokens.issue(user, session, methods=["pwd"], authenticated_at=datetime.now(UTC))[0]
    ) == AccessClaims(user, session, accepted_until=0)
    for test in GROUPS[name]["tests"]:
        with pytest.raises(Unauthenticated):
            tokens.verify(test["jws"])


@pytest.mark.parametrize("name", SECRET)
def test_no_vector_is_a_refresh_token_even_where_its_key_is_ours(name: str, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    tokens = RefreshTokens(settings, SecretKey(settings))
    tokens._tokens._keys = [jwt.PyJWK(GROUPS[name]["private"]).key]
    session, now = uuid4(), datetime.now(UTC)
    assert tokens.verify(tokens.issue(session, 1, now, now + timedelta(days=1))) == RefreshClaims(session, 1)
    for test in GROUPS[name]["tests"]:
        with pytest.raises(InvalidToken):
            tokens.verify(test["jws"])
