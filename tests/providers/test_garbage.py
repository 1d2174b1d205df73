"""Whatever is sent as an ID token, a nonce, a state or a code: a problem, never a crash"""

from functools import partial
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Identity, ProviderLogin, Session, User
from tests.providers.test_id_tokens import by_a_header
from tests.support.databases import once
from tests.support.postern import Postern
from tests.support.provider_logins import EXCHANGE, NATIVE, left, logged_in_by, new_nonce, new_verifier, sent_and_back
from tests.support.secrecy import SHORTEST
from tests.support.service import Said, Service
from tests.test_unicode import SURPRISING

pytestmark = [pytest.mark.anyio, once]
T = TypeVar("T")
FEW = 25
CLAIMS = ("iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "azp", "email", "email_verified", "hd", "name", "crit")
HEADERS = ("alg", "kid", "typ", "crit", "jwk", "jku", "b64", "zip")

# So short, for hypothesis also takes words from the code, and what is sent as a secret may stand in no line of the log.
texts = st.text(st.characters() | st.sampled_from(SURPRISING), max_size=SHORTEST - 1)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(leaves, lambda deep: st.lists(deep, max_size=2) | st.dictionaries(texts, deep, max_size=2))


def drawn(strategy: st.SearchStrategy[T]) -> list[T]:
    """A few of what hypothesis comes upon, the same every time."""
    found: list[T] = []

    @settings(max_examples=FEW, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def keep(value: T) -> None:
        found.append(value)

    keep()
    return found


def damaged(good: str) -> st.SearchStrategy[str]:
    """A part of it, with something in between."""
    cut = st.integers(0, len(good))
    return st.builds(lambda at, end, text: good[:at] + text + good[max(at, end) :], cut, cut, texts | st.just(""))


def with_header(service: Service, more: Said, claims: Said, header: Said) -> str:
    return by_a_header(service, claims, header | more)


async def test_no_text_in_place_of_a_token_a_nonce_a_state_or_a_code_breaks_anything(
    server: Postern, service: Service
) -> None:
    await logged_in_by(server, service)
    verifier, nonce = new_verifier(), await new_nonce(server)
    state = service.browser_came((await left(server, verifier)).headers["location"])["state"]
    token = service.id_token(nonce)
    before = [await table.all().count() for table in (User, Identity, Session, ProviderLogin)]
    for text in drawn(texts):
        assert (await server.do(EXCHANGE, code=text, codeVerifier=text))["__typename"] == "InvalidToken"
        native = await server.do(NATIVE, provider=text, idToken=text, nonce=text, name=text, deviceToken=text)
        assert native["__typename"] == "NotFound"
    for text in drawn(damaged(token)):
        if text != token:
            native = await server.do(NATIVE, provider="google", idToken=text, nonce=nonce)
            assert native["__typename"] == "InvalidToken"
    for text in drawn(damaged(nonce)):
        if text != nonce:
            native = await server.do(NATIVE, provider="google", idToken=token, nonce=text)
            assert native["__typename"] == "InvalidToken"
    for text in drawn(damaged(state)):
        if text != state:
            brought = {"state": text.encode(errors="replace").decode(), "code": "x", "iss": "x"}
            assert (await server.http.get("/auth/google/callback", params=brought)).status_code == 400
    assert [await table.all().count() for table in (User, Identity, Session, ProviderLogin)] == before


async def test_whatever_a_service_signs_is_believed_or_not_and_no_crash(server: Postern, service: Service) -> None:
    for claims in drawn(st.dictionaries(st.sampled_from(CLAIMS), values, min_size=1, max_size=3)):
        nonce = await new_nonce(server)
        sent = {"provider": "google", "idToken": service.id_token(nonce, **claims), "nonce": nonce}
        assert (await server.do(NATIVE, **sent))["__typename"] in ("InvalidToken", "EmailNotConfirmed", "LoggedIn")
        service.claims = claims
        assert (await sent_and_back(server, service, new_verifier())).keys() <= {"code", "error"}
        service.claims = {}
    for headers in drawn(st.dictionaries(st.sampled_from(HEADERS), values, min_size=1, max_size=2)):
        service.encode = partial(with_header, service, headers)
        brought = await sent_and_back(server, service, new_verifier())
        assert brought == {"error": "failed"} or ("code" in brought and "alg" not in headers), headers
