"""Logging in with a code by mail, as a frontend knows it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import jwt

from models import Session, User
from tests.support.factors import START_STEP_UP, STEP_UP
from tests.support.outbox import done_with
from tests.support.postern import EMAIL, Postern
from tests.support.postoffice import body

CODE = re.compile(r"^(\d{4} \d{4})\s*$", re.MULTILINE)
REQUEST_CODE = """mutation ($input: RequestLoginCodeInput!) { requestLoginCode(input: $input) { __typename
  ... on LoginCodeSent { email ticket expiresAt } ... on InvalidInput { errors { field } }
  ... on Problem { message } } }"""
WITH_CODE = """mutation ($input: LoginWithCodeInput!) { loginWithCode(input: $input) { __typename
  ... on LoggedIn { accessToken expiresAt refreshToken deviceToken user { id email } }
  ... on SecondFactorNeeded { ticket expiresAt methods } ... on Problem { message } } }"""


def code_in(letter: EmailMessage) -> str:
    """The digits in a letter, as they are read there."""
    found = CODE.search(body(letter))
    assert found, "no code"
    return found[1]


async def requested(server: Postern, email: str = EMAIL, **more: Any) -> tuple[str, str]:
    """The ticket of a login by mail, and the code in the letter."""
    await _settled()
    async with next_code(server, email) as code:
        sent = await server.do(REQUEST_CODE, email=email, **more)
        assert sent["__typename"] == "LoginCodeSent", sent
    return sent["ticket"], code[0]


async def with_code(server: Postern, ticket: str | None, code: str, **more: Any) -> dict[str, Any]:
    """The answer to a code."""
    given = {"ticket": ticket} if ticket is not None else {}
    return await server.do(WITH_CODE, **given, code=code, **more)


async def by_mail(server: Postern, email: str = EMAIL, **more: Any) -> dict[str, Any]:
    """A login by mail from its beginning to its end."""
    return await with_code(server, *await requested(server, email), **more)


async def without_password(server: Postern, email: str = EMAIL) -> dict[str, Any]:
    """A login by mail to a confirmed account that has no password."""
    await server.confirm(await server.registered(email))
    await done_with("confirm_email")
    await User.filter(canonical_email=email).update(password_hash=None)
    return await by_mail(server, email)


async def stepped_up_longer_ago(login: dict[str, Any]) -> None:
    """Have a login's session be one that was asked who is there an hour ago."""
    claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert await Session.filter(id=claims["sid"]).update(stepped_up_at=an_hour_ago) == 1


async def step_up_code(server: Postern, login: dict[str, Any]) -> tuple[str, str]:
    """What a step up by mail was begun with, and the code in the letter."""
    await _settled()
    async with next_code(server, login["user"]["email"]) as code:
        started = await server.do(START_STEP_UP, login["accessToken"], method="MAILED_CODE")
        assert started["__typename"] == "StepUpStarted", started
    return started["ceremony"], code[0]


async def step_up(server: Postern, login: dict[str, Any], ceremony: str, code: str) -> dict[str, Any]:
    """The answer to the code of a step up."""
    return await server.do(STEP_UP, login["accessToken"], ceremony=ceremony, proof={"mailedCode": code})


def wrong(code: str) -> str:
    """Eight digits that are not these."""
    digits = code.replace(" ", "")
    return f"{(int(digits) + 1) % 10**8:08}"


@asynccontextmanager
async def next_code(server: Postern, email: str = EMAIL) -> AsyncIterator[list[str]]:
    """The code that is asked for in here, once this is left. No other may be on its way to that address."""

    def found() -> list[str]:
        texts = [body(letter) for letter in server.post.letters if letter["To"] == email]
        return [code[1] for text in texts if (code := CODE.search(text))]

    before, code = len(found()), list[str]()
    yield code
    await server.post.until(lambda: len(found()) > before)
    code.append(found()[before])


async def _settled() -> None:
    for kind in ("request_login_code", "request_login_code_here", "step_up_code"):
        await done_with(kind)
