"""A running server, and the ways in which its users speak to it."""

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx2

import locales
from main import create_app
from models import Purpose, Registration, User
from resolvers import links
from resolvers.inputs import canonical_email
from security.passwords import Passwords
from settings import Settings
from tests.support import blank, secrecy
from tests.support.postoffice import PostOffice, token_in

sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type] # httpx2 looks for it all over at each request, in vain

# What clients say and hear is not to be found in the log.
HOOKS: dict[str, list[Callable[..., Any]]] = {"request": [secrecy.sent], "response": [secrecy.received]}

EMAIL = "ann@example.com"
PASSWORD = "a quiet gate at dusk"

REGISTER = """mutation ($input: RegisterInput!) { register(input: $input) { __typename
  ... on Registered { email } ... on InvalidInput { errors { field message } } ... on Problem { message } } }"""
RESEND = """mutation ($input: ResendConfirmationInput!) { resendConfirmation(input: $input) { __typename
  ... on ConfirmationSent { email } ... on InvalidInput { errors { field } } ... on Problem { message } } }"""
CONFIRM = """mutation ($input: ConfirmEmailInput!) { confirmEmail(input: $input) { __typename
  ... on EmailConfirmed { email alreadyConfirmed } ... on Problem { message } } }"""
LOGIN = """mutation ($input: LoginInput!) { login(input: $input) { __typename
  ... on LoggedIn { accessToken expiresAt refreshToken deviceToken
    user { id email emailConfirmed name locale createdAt } }
  ... on Problem { message } } }"""
ME = "{ me { id email emailConfirmed name locale createdAt } }"


@dataclass
class Postern:
    """One running server: `http` speaks to it, `post` receives its letters."""

    settings: Settings
    http: httpx2.AsyncClient
    post: PostOffice

    def elsewhere(self, **headers: str) -> "Postern":
        """The same server as another client knows it: with headers and cookies of its own."""
        transport, base_url = self.http._transport, self.http.base_url
        return replace(
            self, http=httpx2.AsyncClient(transport=transport, base_url=base_url, headers=headers, event_hooks=HOOKS)
        )

    async def ask(
        self, query: str, variables: dict[str, Any] | None = None, token: str | None = None, **headers: str
    ) -> dict[str, Any]:
        """The body of the answer to an operation."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        # Encoded here, in ASCII: httpx2 would refuse to send the lone surrogates of some tests.
        content = json.dumps({"query": query, "variables": variables})
        headers["Content-Type"] = "application/json"
        answer = await self.http.post("/graphql", content=content, headers=headers)
        body: dict[str, Any] = answer.json()
        return body

    async def do(self, query: str, access_token: str | None = None, /, **inputs: Any) -> dict[str, Any]:
        """What the only field of a mutation gives back."""
        body = await self.ask(query, {"input": inputs}, access_token)
        assert "errors" not in body, body
        (result,) = body["data"].values()
        return dict(result)

    async def register(self, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        return await self.do(REGISTER, email=email, password=password, **more)

    async def login(self, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        return await self.do(LOGIN, email=email, password=password, **more)

    async def confirm(self, token: str) -> dict[str, Any]:
        return await self.do(CONFIRM, token=token)

    async def letter_token(self, email: str = EMAIL, nth: int = 1) -> str:
        """The token in the nth letter to an address, once that has arrived."""
        return token_in((await self.post.letters_to(email, nth))[nth - 1])

    async def registered(self, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> str:
        """The link's token of a new registration."""
        before = sum(letter["To"] == email for letter in self.post.letters)
        await self.register(email, password, **more)
        return await self.letter_token(email, before + 1)

    async def joined(self, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        """A login right after registering and confirming."""
        await self.confirm(await self.registered(email, password, **more))
        return await self.login(email, password)

    async def logged_in(self, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        """A login to an account as that leaves it, but for letter and events, in half the time."""
        address, now, hashed = canonical_email(email), datetime.now(UTC), await _hash(self.settings, password)
        known: dict[str, Any] = {"created_at": now, "locale": locales.DEFAULT, **more}
        user = await User.create(canonical_email=address, password_hash=hashed, email_confirmed_at=now, **known)
        lifetime = self.settings.confirmation_lifetime
        times: dict[str, Any] = {"confirmed_at": now, "expires_at": now + lifetime}
        registration = await Registration.create(user=user, password_hash="", **times, **known)
        await links.write(Purpose.CONFIRM_EMAIL, user, address, lifetime, registration=registration)
        return await self.login(email, password)


_hashes: dict[tuple[int, int, str], str] = {}


async def _hash(settings: Settings, password: str) -> str:
    """One hash of it serves all accounts of tests."""
    key = (settings.argon2_memory_kib, settings.argon2_time_cost, password)
    if key not in _hashes:
        _hashes[key] = await Passwords(settings).hash(password)
    return _hashes[key]


@asynccontextmanager
async def running(settings: Settings, post: PostOffice) -> AsyncIterator[Postern]:
    """A server from its start to its clean end."""
    blank.give(settings.database_url)
    app = create_app(settings)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url=settings.public_url, event_hooks=HOOKS) as http,
    ):
        yield Postern(settings, http, post)
