"""A frontend that has its people log in by way of another service."""

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from tests.support.postern import Postern
from tests.support.service import Service

RETURN_TO = "https://app.example.com/welcome?from=postern"
LOGGED_IN = "... on LoggedIn { accessToken refreshToken deviceToken user { id email name locale emailConfirmed } }"
EXCHANGE = f"""mutation ($input: ExchangeCodeInput!) {{ exchangeCode(input: $input) {{ __typename {LOGGED_IN}
  ... on IdentityNotLinked {{ provider linkTicket }} ... on SecondFactorNeeded {{ ticket methods }}
  ... on Problem {{ message }} }} }}"""
NATIVE = EXCHANGE.replace("ExchangeCodeInput", "LoginWithIdTokenInput").replace("exchangeCode", "loginWithIdToken")
START_NATIVE = """mutation ($input: StartIdTokenLoginInput!) { startIdTokenLogin(input: $input) { __typename
  ... on IdTokenLoginStarted { nonce expiresAt } ... on Problem { message } } }"""
LINK = """mutation ($input: LinkIdentityInput!) { linkIdentity(input: $input) { __typename
  ... on IdentityLinked { identity { id provider label createdAt lastUsedAt } } ... on Problem { message } } }"""
UNLINK = """mutation ($input: UnlinkIdentityInput!) { unlinkIdentity(input: $input) { __typename
  ... on IdentityUnlinked { sessionsRevoked } ... on StepUpNeeded { methods } ... on Problem { message } } }"""
IDENTITIES = "{ me { identities { id provider label createdAt lastUsedAt } } }"


def new_verifier() -> str:
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def left(server: Postern, verifier: str, provider: str = "google", **changed: str) -> httpx2.Response:
    """The answer to a browser that the frontend has sent to Postern."""
    asked = {"return_to": RETURN_TO, "code_challenge": challenge_of(verifier), **changed}
    return await server.http.get(f"/auth/{provider}", params=asked)


async def came_back(server: Postern, brought: dict[str, str], provider: str = "google") -> dict[str, str]:
    """What the frontend finds in the address that the browser comes back to."""
    answer = await server.http.get(f"/auth/{provider}/callback", params=brought)
    assert answer.status_code == 303, answer.text
    return brought_to_frontend(answer)


def brought_to_frontend(answer: httpx2.Response) -> dict[str, str]:
    url = urlsplit(answer.headers["location"])
    fields = dict(parse_qsl(url.query))
    assert f"{url.scheme}://{url.netloc}{url.path}" == RETURN_TO.partition("?")[0]
    assert fields.pop("from") == "postern"
    return fields


async def sent_and_back(server: Postern, service: Service, verifier: str, provider: str = "google") -> dict[str, str]:
    """The same, after the whole way there and back."""
    there = await left(server, verifier, provider)
    assert there.status_code == 303, there.text
    return await came_back(server, service.browser_came(there.headers["location"]), provider)


async def logged_in_by(server: Postern, service: Service, provider: str = "google", **more: Any) -> dict[str, Any]:
    """What `exchangeCode` answers, after the whole way there and back."""
    verifier = new_verifier()
    brought = await sent_and_back(server, service, verifier, provider)
    assert brought.keys() == {"code"}, brought
    return await server.do(EXCHANGE, code=brought["code"], codeVerifier=verifier, **more)


async def new_nonce(server: Postern, provider: str = "google") -> str:
    """What an app has the token made out with."""
    return str((await server.do(START_NATIVE, provider=provider))["nonce"])


async def logged_in_natively(
    server: Postern, service: Service, provider: str = "google", more: Any = None, **claims: Any
) -> dict[str, Any]:
    """What `loginWithIdToken` answers to an app whose system has got a token with these claims."""
    nonce = await new_nonce(server, provider)
    token = service.id_token(nonce, **claims)
    return await server.do(NATIVE, provider=provider, idToken=token, nonce=nonce, **(more or {}))
