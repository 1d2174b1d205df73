"""The way of our own pages to another service: what a frontend does in its script, done here."""

from urllib.parse import urlencode

from errors import NotFound
from providers import challenge_of
from resolvers.provider_logins import VERIFIER
from resolvers.services import Services
from security import tokens


def verifier(kept: str = "") -> str:
    """What a browser keeps until it is back: what it has `kept` from another tab, or a new one."""
    return kept if VERIFIER.fullmatch(kept) else tokens.new_link_token()


def challenge(verifier: str) -> str:
    """What is told beforehand of a verifier (RFC 7636 §4.2)."""
    return challenge_of(verifier)


def to_log_in(services: Services, provider_id: str, verifier: str) -> str:
    """The address by which a browser leaves to log in. Raises NotFound where there is no such service."""
    if provider_id not in services.providers:
        raise NotFound
    back, _ = services.settings.own_return_urls
    query = urlencode({"return_to": back, "code_challenge": challenge(verifier)})
    return f"{services.settings.public_url}/auth/{provider_id}?{query}"
