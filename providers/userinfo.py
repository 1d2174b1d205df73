"""What an OpenID service tells of somebody beside the ID token (OpenID Connect Core 1.0 §5.3)."""

from collections.abc import Mapping
from typing import Any

from outside import Client
from providers import answers
from providers.provider import NotBelieved, text

LONGEST_TOKEN = 16_384
TOLD = ("email", "email_verified", "name", "preferred_username")


async def claims_beside(client: Client, endpoint: str, traded: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """What it tells of that subject for the access token beside the ID token: many tell addresses so alone (§5.4).

    Raises NoAnswer, NotBelieved.
    """
    token = text(traded.get("access_token"), LONGEST_TOKEN)
    if token is None or not token.isascii():
        raise NotBelieved("no access token")
    said = answers.an_object(await answers.get(client, endpoint, Authorization=f"Bearer {token}"))
    if said.get("sub") != subject:  # §5.3.2: or somebody else's address would be taken for theirs
        raise NotBelieved("what is told of somebody else")
    return {name: said[name] for name in TOLD if name in said}
