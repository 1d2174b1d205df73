"""What a service says is believed as far as it proves it: ID tokens, keys, metadata"""

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from models import Identity, ProviderLogin, Session, User
from providers import metadata
from tests.support.databases import once
from tests.support.elsewhere import Asked, answered
from tests.support.postern import Postern
from tests.support.provider_logins import came_back, left, logged_in_by, new_verifier, sent_and_back
from tests.support.secrecy import Watch
from tests.support.service import CLIENT_ID, CLIENT_SECRET, GOOGLE, Said, Service, jwk_of, new_key
from tests.support.walks import each

pytestmark = [pytest.mark.anyio, once]
LONG_AGO, FAR_AHEAD = 1_000_000_000, 4_000_000_000
METADATA = "/.well-known/openid-configuration"


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that asks for metadata and keys each time, as one does that was just started."""
    monkeypatch.setattr(metadata, "GOOD_SECONDS", -1.0)
    monkeypatch.setattr(metadata, "APART_SECONDS", -1.0)


async def why_refused(server: Postern, service: Service, watch: Watch) -> str:
    """As the log has it; nobody is sent on."""
    before = len(watch.events("provider_failed"))
    assert await sent_and_back(server, service, new_verifier()) == {"error": "failed"}
    (line,) = watch.events("provider_failed")[before:]
    return str(line["error"])


async def written() -> list[int]:
    """What there is of accounts, and of people who were believed."""
    counts = [await table.all().count() for table in (User, Identity, Session)]
    return [*counts, await ProviderLogin.filter(person__isnull=False).count()]


NOTHING = [0, 0, 0, 0]
WRONG_CLAIMS: list[Said] = [
    {"iss": "https://accounts.google.com/"},
    {"iss": "https://login.example.com/realm"},
    {"iss": None},
    {"aud": "another client"},
    {"aud": []},
    {"aud": [CLIENT_ID, "another client"]},
    {"aud": [CLIENT_ID, CLIENT_ID]},
    {"aud": [CLIENT_ID, 7]},
    {"aud": [[CLIENT_ID]]},
    {"aud": {CLIENT_ID: CLIENT_ID}},
    {"aud": f"{CLIENT_ID} "},
    {"aud": None},
    {"exp": LONG_AGO},
    {"exp": None},
    {"exp": "soon"},
    {"iat": None},
    {"iat": FAR_AHEAD},
    {"nbf": FAR_AHEAD},
    {"nonce": None},
    {"nonce": ""},
    {"nonce": "x" * 43},
    {"nonce": 1},
    {"nonce": ["x"]},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"sub": "x" * 256},
    {"sub": "x\0"},
    {"azp": "another client"},
]


async def test_a_claim_that_is_not_as_it_has_to_be_is_refused(server: Postern, service: Service, watch: Watch) -> None:
    async def is_refused(claims: Said) -> None:
        service.claims = claims
        assert "ID token" in await why_refused(server, service, watch)

    await each(WRONG_CLAIMS, is_refused)
    assert await written() == NOTHING


async def test_a_list_of_our_client_alone_is_our_client(server: Postern, service: Service) -> None:
    """OpenID Connect Core 1.0 §2."""
    service.claims = {"aud": [CLIENT_ID]}
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"


def unsigned(claims: Said, header: Said) -> str:
    parts = (json.dumps({**header, "alg": "none"}), json.dumps(claims))
    return ".".join([*(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts), ""])


def by_a_secret(claims: Said, header: Said, secret: bytes) -> str:
    """HS256."""
    parts = (json.dumps({**header, "alg": "HS256"}), json.dumps(claims))
    text = ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
    signature = hmac.digest(secret, text.encode(), hashlib.sha256)
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def by_a_foreign_key(claims: Said, header: Said) -> str:
    return jwt.encode(claims, new_key(), algorithm="ES256", headers=header)


def with_its_own_key(claims: Said, header: Said) -> str:
    key = new_key()
    return jwt.encode(claims, key, algorithm="ES256", headers={**header, "jwk": jwk_of(key), "kid": "first"})


def changed_afterwards(claims: Said, header: Said) -> str:
    head, _, signature = by_a_foreign_key(claims, header).split(".")
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.{signature}"


NOT_SIGNED: dict[str, Any] = {
    "unsigned": unsigned,
    "by a foreign key": by_a_foreign_key,
    "with its own key": with_its_own_key,
    "changed afterwards": changed_afterwards,
    "null": lambda *_: None,
    "empty": lambda *_: "",
    "three letters": lambda *_: "a.b.c",
    "dots": lambda *_: ".." * 9000,
    "a list": lambda *_: ["x"],
    "zeros": lambda *_: "\0.\0.\0",
    "not ASCII": lambda *_: "é.é.é",
}


async def test_a_token_that_the_service_has_not_signed_is_refused(
    server: Postern, service: Service, watch: Watch
) -> None:
    async def is_refused(encode: Any) -> None:
        service.encode = encode
        assert "ID token" in await why_refused(server, service, watch)

    await each(NOT_SIGNED, is_refused)
    assert await written() == NOTHING


async def test_what_everybody_knows_is_no_secret_to_sign_with(server: Postern, service: Service, watch: Watch) -> None:
    """The key that the service publishes, taken for one of HS256; nor is that taken by the client's secret."""
    pem = service.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    jwk = json.dumps(jwk_of(service.key)).encode()

    async def is_refused(secret: bytes) -> None:
        service.encode = lambda claims, header: by_a_secret(claims, header, secret)
        assert await why_refused(server, service, watch) == "an ID token with another header"

    await each({"pem": pem, "jwk": jwk, "client secret": CLIENT_SECRET.encode()}, is_refused)
    assert await written() == NOTHING


WRONG_HEADERS: list[Said] = [
    *({"kid": "another"}, {"kid": 1}, {"crit": ["exp"]}, {"alg": "ES384"}, {"alg": "RS256"}, {"alg": "none"}),
    *({"typ": "at+jwt"}, {"typ": "logout+jwt"}, {"typ": 7}),
]


async def test_a_header_that_is_not_as_it_has_to_be_is_refused(
    server: Postern, service: Service, watch: Watch, forgetful: None
) -> None:
    async def is_refused(header: Said) -> None:
        service.encode = lambda claims, usual: by_a_header(service, claims, usual | header)
        assert await why_refused(server, service, watch)

    await each(WRONG_HEADERS, is_refused)
    assert await written() == NOTHING


def by_a_header(service: Service, claims: Said, header: Said) -> str:
    """Signed well by the service's key, whatever the header says."""
    parts = (json.dumps(header), json.dumps(claims))
    text = ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
    signature = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).sign(text.encode(), service.key)
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


NO_KEYS: list[Any] = [
    {},
    {"keys": []},
    {"keys": "x"},
    {"keys": [1, None, {}]},
    {"keys": [{"kty": "oct", "k": "aHVudGVyMg", "kid": "first"}]},
    {"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "kid": "first"}]},
    [],
    "keys",
]


async def test_without_a_key_that_can_be_read_nothing_is_believed(
    server: Postern, service: Service, watch: Watch, forgetful: None
) -> None:
    async def is_refused(keys: Any) -> None:
        service.keys, before = keys, service.heard.count("/keys")
        assert await why_refused(server, service, watch)
        assert service.heard.count("/keys") == before + 1

    await each(NO_KEYS, is_refused)
    assert await written() == NOTHING


async def test_a_key_that_encrypts_verifies_nothing(server: Postern, service: Service, watch: Watch) -> None:
    service.keys = {"keys": [jwk_of(service.key, use="enc")]}
    assert await why_refused(server, service, watch) == "an unknown key"
    assert await written() == NOTHING


async def test_of_two_keys_of_one_id_neither_is_believed(server: Postern, service: Service, watch: Watch) -> None:
    service.keys = {"keys": [jwk_of(service.key), jwk_of(new_key())]}
    assert await why_refused(server, service, watch) == "an unknown key"
    assert await written() == NOTHING


async def test_the_only_key_needs_no_name(server: Postern, service: Service) -> None:
    service.header = {"kid": None}
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"


async def test_new_keys_are_looked_for_once_a_minute_at_the_most(
    server: Postern, service: Service, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert metadata.APART_SECONDS == 60
    await logged_in_by(server, service)
    service.key, service.header = new_key(), {"kid": "second"}
    service.keys = {"keys": [jwk_of(service.key, "second")]}
    for _ in range(3):
        assert await sent_and_back(server, service, new_verifier()) == {"error": "failed"}
    assert service.heard.count("/keys") == 1
    assert [line["error"] for line in watch.events("provider_failed")] == ["an unknown key"] * 3
    monkeypatch.setattr(metadata, "APART_SECONDS", 0.0)
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"
    assert (service.heard.count("/keys"), service.heard.count(METADATA)) == (2, 1)


async def test_keys_that_a_browser_has_not_waited_for_are_there_for_the_next(server: Postern, service: Service) -> None:
    def answer(asked: Asked) -> bytes:
        if asked.target == "/keys":
            gone.cancel()
        return service.answer(asked)

    service.there.answer = answer
    gone = asyncio.create_task(sent_and_back(server, service, new_verifier()))
    await asyncio.wait([gone])
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"
    assert service.heard.count("/keys") == 1


async def test_keys_that_could_not_be_had_are_looked_for_again_after_a_minute(
    server: Postern, service: Service, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.answers["/keys"] = answered(status="500 Internal Server Error")
    for _ in range(3):
        assert await sent_and_back(server, service, new_verifier()) == {"error": "failed"}
    assert [line["error"] for line in watch.events("provider_failed")] == ["status 500"] * 3
    assert service.heard.count("/keys") == 1
    del service.answers["/keys"]
    monkeypatch.setattr(metadata, "APART_SECONDS", 0.0)
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"
    assert service.heard.count("/keys") == 2


NO_ANSWERS = [
    ("/token", answered({"error": "invalid_grant"}, "400 Bad Request")),
    ("/token", answered(status="302 Found", Location=f"{GOOGLE}/elsewhere")),
    ("/token", answered(b"<html>")),
    ("/token", answered([1])),
    ("/token", answered({})),
    ("/token", answered(b"[" * 100_000)),
    ("/token", answered(b"\xff\xfe")),
    ("/token", answered(bytes(2_000_000))),
    ("/keys", answered(b"[" * 100_000)),
    ("/keys", answered(status="500 Internal Server Error")),
    ("/keys", answered(status="301 Moved", Location=f"{GOOGLE}/elsewhere")),
]


async def test_an_answer_that_is_none_is_a_failure_of_the_service(
    server: Postern, service: Service, watch: Watch, forgetful: None
) -> None:
    async def is_refused(case: tuple[str, bytes]) -> None:
        path, answer = case
        service.answers, before = {path: answer}, service.heard.count(path)
        assert await why_refused(server, service, watch)
        assert service.heard.count(path) == before + 1

    await each(NO_ANSWERS, is_refused)
    assert "/elsewhere" not in service.heard
    assert await written() == NOTHING


FOREIGN_METADATA: list[Said] = [
    {"issuer": "https://accounts.google.com/"},
    {"issuer": "https://evil.example"},
    {"issuer": None},
    {"issuer": [GOOGLE]},
    {"authorization_endpoint": "http://accounts.google.com/authorize"},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"authorization_endpoint": "https://accounts.google.com/a\r\nSet-Cookie: x"},
    {"token_endpoint": "http://accounts.google.com/token"},
    {"token_endpoint": None},
    {"jwks_uri": "file:///etc/passwd"},
    {"jwks_uri": 7},
    {"jwks_uri": "https://["},
]


async def test_metadata_that_are_not_the_issuers_own_are_not_believed(
    server: Postern, service: Service, watch: Watch, forgetful: None
) -> None:
    async def is_not_believed(said: Said) -> None:
        service.metadata, told = said, len(watch.events("provider_failed"))
        heard = service.heard.count(METADATA)
        answer = await left(server, new_verifier())
        assert answer.headers["location"].startswith("https://app.example.com/welcome?")
        assert answer.headers["location"].endswith("error=failed")
        assert len(watch.events("provider_failed")) == told + 1
        assert service.heard.count(METADATA) == heard + 1

    await each(FOREIGN_METADATA, is_not_believed)
    assert await ProviderLogin.all().count() == 0


async def test_an_answer_of_another_issuer_is_refused_before_its_code_is_shown_to_anybody(
    server: Postern, service: Service, watch: Watch
) -> None:
    """RFC 9207, where the service says that it names itself."""
    service.metadata = {"authorization_response_iss_parameter_supported": True}

    async def is_refused(named: dict[str, str]) -> None:
        told = len(watch.events("provider_failed"))
        there = await left(server, new_verifier())
        brought = service.browser_came(there.headers["location"]) | named
        assert await came_back(server, brought) == {"error": "failed"}
        lines = watch.events("provider_failed")[told:]
        assert [line["error"] for line in lines] == ["an answer of another issuer"]

    others = [{}, *({"iss": issuer} for issuer in ("https://login.example.com/realm", "", f"{GOOGLE}/"))]
    await each(others, is_refused)
    assert "/token" not in service.heard


async def test_one_that_names_itself_rightly_is_taken(server: Postern, service: Service) -> None:
    service.metadata = {"authorization_response_iss_parameter_supported": True}
    there = await left(server, new_verifier())
    assert "code" in await came_back(server, service.browser_came(there.headers["location"]) | {"iss": GOOGLE})


async def test_a_code_of_another_attempt_is_worth_nothing(server: Postern, service: Service, watch: Watch) -> None:
    """A thief's code in a victim's attempt (RFC 9700 §4.5): the verifier is another."""
    thief = server.elsewhere()
    stolen = service.browser_came((await left(thief, new_verifier())).headers["location"])["code"]
    there = await left(server, new_verifier())
    brought = service.browser_came(there.headers["location"]) | {"code": stolen}
    assert await came_back(server, brought) == {"error": "failed"}
    assert [line["error"] for line in watch.events("provider_failed")] == ["status 400, invalid_grant"]


AGAINST_US: list[tuple[Any, str]] = [
    ({"error": "invalid_client", "error_description": "of no use"}, "status 401, invalid_client"),
    ({"error": "a word of its own"}, "status 401"),
    ({"error": ["invalid_client"]}, "status 401"),
    ([], "status 401"),
]


async def test_the_log_says_what_a_service_has_against_us_in_the_words_of_the_standard(
    server: Postern, service: Service, watch: Watch
) -> None:
    async def is_told(case: tuple[Any, str]) -> None:
        said, told = case
        service.answers["/token"] = answered(said, "401 Unauthorized")
        assert await why_refused(server, service, watch) == told

    await each(AGAINST_US, is_told)
    assert await written() == NOTHING


@pytest.mark.parametrize("posts_secret", [True, False])
async def test_the_client_proves_itself_as_the_service_wants_it(
    server: Postern, service: Service, posts_secret: bool
) -> None:
    service.posts_secret = posts_secret
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"
