"""A frontend that links accounts elsewhere from the settings of one's own."""

from typing import Any

from tests.support.postern import Postern
from tests.support.provider_logins import RETURN_TO, came_back, challenge_of
from tests.support.service import Service

START_LINKING = """mutation ($input: StartLinkingInput!) { startLinking(input: $input) { __typename
  ... on LinkingStarted { url } ... on InvalidInput { errors { field } } ... on StepUpNeeded { methods }
  ... on Problem { message } } }"""
FINISH_LINKING = """mutation ($input: FinishLinkingInput!) { finishLinking(input: $input) { __typename
  ... on IdentityLinked { identity { id provider label createdAt lastUsedAt } } ... on StepUpNeeded { methods }
  ... on Problem { message } } }"""


async def started(server: Postern, login: dict[str, Any], verifier: str, provider: str = "google") -> str:
    """The address by which the browser of a login leaves."""
    challenge = challenge_of(verifier)
    asked = {"provider": provider, "returnTo": RETURN_TO, "codeChallenge": challenge}
    result = await server.do(START_LINKING, login["accessToken"], **asked)
    assert result["__typename"] == "LinkingStarted", result
    return str(result["url"])


async def followed(server: Postern, service: Service, url: str, provider: str = "google") -> str:
    """The code that a browser comes back with after the whole way there and back."""
    there = await server.http.get(url)
    assert there.status_code == 303, there.text
    brought = await came_back(server, service.browser_came(there.headers["location"]), provider)
    assert brought.keys() == {"code"}, brought
    return brought["code"]


async def code_to_link(
    server: Postern, service: Service, login: dict[str, Any], verifier: str, provider: str = "google"
) -> str:
    """The code with which the session of a login can link."""
    return await followed(server, service, await started(server, login, verifier, provider), provider)
