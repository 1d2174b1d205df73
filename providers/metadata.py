"""What an OpenID issuer says of itself, and its keys (OpenID Connect Discovery 1.0)."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeGuard, TypeVar
from urllib.parse import urlsplit

import jwt

from outside import Client, NoAnswer
from providers import answers
from providers.provider import NoPerson, NotBelieved

GOOD_SECONDS = 3600.0  # that metadata and keys are kept
APART_SECONDS = 60.0  # between two looks for a key that is not known, and after one that came to nothing
T = TypeVar("T")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Metadata:
    """Where its endpoints are, and what it does there."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    posts_secret: bool  # beside the code, where HTTP Basic, which clients are registered with by default, is not known
    names_itself: bool  # to the browser (RFC 9207)


class _Shared(Generic[T]):
    """Work that whoever asks for it meanwhile shares, with what comes of it; a failure is everybody's for a minute."""

    def __init__(self) -> None:
        self._task: asyncio.Task[T] | None = None
        self._begun_at = 0.0

    async def done(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What comes of the work that is under way, or else is begun. Raises what it has raised."""
        if (failure := self._failure()) and time.monotonic() - self._begun_at <= APART_SECONDS:
            raise failure.with_traceback(None)  # which would grow with everybody who is told
        if self._task is None or self._task.done():
            self._begun_at = time.monotonic()
            self._task = asyncio.create_task(work())
        return await asyncio.shield(self._task)

    def _failure(self) -> NoAnswer | None:
        if self._task is None or not self._task.done() or self._task.cancelled():
            return None
        error = self._task.exception()
        return error if isinstance(error, NoAnswer) else None


class Issuer:
    """One issuer, asked as seldom as can be."""

    def __init__(self, issuer: str, client: Client) -> None:
        self._issuer = issuer
        self._client = client
        self._asking_metadata, self._asking_keys = _Shared[Metadata](), _Shared[None]()
        self._metadata: Metadata | None = None
        self._metadata_at = self._keys_at = -GOOD_SECONDS
        self._keys: list[jwt.PyJWK] = []

    async def metadata(self) -> Metadata:
        """What it says of itself. Raises NoAnswer, NotBelieved where it calls itself otherwise than we do."""
        if self._metadata is None or time.monotonic() - self._metadata_at > GOOD_SECONDS:
            return await self._asking_metadata.done(self._ask_metadata)
        return self._metadata

    async def key(self, kid: str | None) -> jwt.PyJWK:
        """The key of that id; without one, the only key that there is. Raises NoAnswer, NotBelieved, NoPerson."""
        age = time.monotonic() - self._keys_at
        if age > GOOD_SECONDS or (_key(self._keys, kid) is None and age > APART_SECONDS):
            await self._asking_keys.done(self._ask_keys)
        found = _key(self._keys, kid)
        if found is None:
            raise NoPerson("an unknown key")
        return found

    async def _ask_metadata(self) -> Metadata:
        address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        known = self._metadata = _metadata(self._issuer, await answers.get(self._client, address))
        self._metadata_at = time.monotonic()
        return known

    async def _ask_keys(self) -> None:
        """Kept here and not by whoever waits for them, who may have gone: with the instant, or not at all."""
        self._keys = _keys(await answers.get(self._client, (await self.metadata()).jwks_uri))
        self._keys_at = time.monotonic()


def _metadata(issuer: str, said: Any) -> Metadata:
    known = answers.an_object(said)
    if known.get("issuer") != issuer:
        raise NotBelieved("metadata of another issuer")
    endpoints = {name: known.get(name) for name in ENDPOINTS}
    schemes = ("https", urlsplit(issuer).scheme)  # what is on this machine may be plain
    if not all(_is_address(url, schemes) for url in endpoints.values()):
        raise NotBelieved("metadata without https endpoints")
    userinfo, methods = known.get("userinfo_endpoint"), known.get("token_endpoint_auth_methods_supported")
    return Metadata(
        **endpoints,  # type: ignore[arg-type]  # each is a text
        userinfo_endpoint=userinfo if _is_address(userinfo, schemes) else None,
        posts_secret=isinstance(methods, list) and "client_secret_basic" not in methods,
        names_itself=known.get("authorization_response_iss_parameter_supported") is True,
    )


def _is_address(url: Any, schemes: tuple[str, ...]) -> TypeGuard[str]:
    try:
        parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and url.isascii() and url.isprintable()


def _keys(said: Any) -> list[jwt.PyJWK]:
    """Those that sign; what cannot be read is left out."""
    try:
        keys = jwt.PyJWKSet.from_dict(answers.an_object(said)).keys
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, KeyError):
        raise NotBelieved("no key that can be read") from None
    return [key for key in keys if key.public_key_use in (None, "sig")]


def _key(keys: list[jwt.PyJWK], kid: str | None) -> jwt.PyJWK | None:
    fitting = [key for key in keys if kid is None or key.key_id == kid]
    return fitting[0] if len(fitting) == 1 else None
