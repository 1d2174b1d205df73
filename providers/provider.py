"""What a service does for us: it is shown a browser, and says who that was."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from outside import NoAnswer


class NotBelieved(NoAnswer):
    """A service has said what cannot be relied on; says why, and nothing of what it said."""


class NoPerson(NotBelieved):
    """Nobody whom we could let in: an ID token that is not good, or no address and no account."""


@dataclass(frozen=True)
class Attempt:
    """One login by way of a service.

    `state` travels through the service and comes back, `secret` stays in the browser's cookie. What binds the two is
    made of both: so the service knows no verifier, and nothing of it has to be kept.
    """

    state: str = field(repr=False)
    secret: str = field(repr=False)
    callback: str

    @property
    def nonce(self) -> str:
        """What the ID token has to repeat (OpenID Connect Core 1.0 §3.1.2.1)."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """What the code is worth nothing without (RFC 7636 §4.1): 43 characters."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """What the service is told of it beforehand."""
        return challenge_of(self.verifier)

    def _derived(self, purpose: str) -> str:
        return _base64url(hmac.digest(self.secret.encode(), f"{purpose} {self.state}".encode(), "sha256"))


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 §4.2)."""
    return _base64url(sha256(verifier.encode(errors="surrogatepass")).digest())


@dataclass(frozen=True)
class Person:
    """Who it was: `issuer` and `subject` alone say so.

    `email` is an address of theirs, which the service vouches for where `vouched`: it has seen to it that they read
    mail there. `name` is what they call themselves, `label` what they know the account by. `asked_at` is when the
    service has last asked who it was, in seconds since 1970, where it says so.
    """

    issuer: str
    subject: str
    email: str | None
    vouched: bool
    name: str | None
    label: str | None
    asked_at: int | None = None


class Provider(Protocol):
    """A service that people may log in with. `posts` where it sends the browser back with a form."""

    id: str
    name: str
    posts: bool

    async def authorization_url(self, attempt: Attempt) -> str:
        """Where the browser goes. Raises NoAnswer."""

    async def person(self, attempt: Attempt, came_back: Mapping[str, str]) -> Person:
        """Who it was, by what the browser came back with. Raises NoAnswer, NotBelieved."""


def text(value: object, longest: int) -> str | None:
    """A text that a service has said, where it is one that can be kept."""
    return value if isinstance(value, str) and 0 < len(value) <= longest and value.isprintable() else None


def _base64url(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
