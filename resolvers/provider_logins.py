"""A browser on its way to another service, and back: nothing is opened and nothing linked here."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import events
from errors import ExpiredToken, InputErrorCode, InvalidToken, NotFound, Unacceptable
from models import Identity, ProviderLogin, Session, Step
from outside import NoAnswer
from providers import Attempt, NoPerson, Person, challenge_of
from resolvers.caller import Caller
from resolvers.inputs import Inputs, canonical_email
from resolvers.services import Services
from security import tokens
from security.ceremonies import CEREMONY_ENDED, CEREMONY_EXPIRED

LIFETIME = timedelta(minutes=10)
CODE_LIFETIME = timedelta(minutes=1)
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits in base64url: a challenge (RFC 7636 §4.2), and a secret of ours
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.1
WORD = re.compile(r"[a-z_]{1,40}")  # as errors are called in RFC 6749 §4.1.2.1 and OpenID Connect Core 1.0 §3.1.2.6
DENIED = {"access_denied", "user_cancelled_authorize"}  # RFC 6749 §4.1.2.1, and Apple's word for it


@dataclass(frozen=True)
class Asked:
    """For which service a frontend asks, for which of its pages, and with which challenge of its verifier."""

    provider: str
    return_to: str
    code_challenge: str = field(repr=False)


@dataclass(frozen=True)
class Sent:
    """Where the browser goes, and what it keeps in a cookie until it comes back; `posts` where it will with a form."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    posts: bool


def asked(services: Services, provider_id: str, return_to: str, code_challenge: str) -> Asked:
    """The same, where there is such a service and such a page. Raises NotFound, InvalidInput."""
    if provider_id not in services.providers:
        raise NotFound
    with Inputs() as inputs:
        with inputs.field("returnTo"):
            if return_to not in (*services.settings.return_urls, *services.settings.own_return_urls):
                raise Unacceptable(InputErrorCode.INVALID, "input.return_to")
        with inputs.field("codeChallenge"):
            if not TOKEN.fullmatch(code_challenge):
                raise Unacceptable(InputErrorCode.INVALID, "input.code_challenge")
    return Asked(provider_id, return_to, code_challenge)


async def prepare(services: Services, asked: Asked, session: Session) -> str:
    """The address by which a session's browser leaves, to come back with what that session alone can link."""
    link = tokens.new_link_token()
    await _write(Step.TO_LEAVE, link, asked, cookie_digest="", session=session)
    url = f"{services.settings.public_url}/auth/{asked.provider}"
    return _with(url, return_to=asked.return_to, code_challenge=asked.code_challenge, link=link)


async def send(caller: Caller, services: Services, asked: Asked, *, link: str, secret: str) -> Sent:
    """Begins an attempt by way of a service; where that does not answer, the browser goes back at once.

    `link` is that of a session which links, or empty. `secret` is what the browser has kept from an attempt of before:
    in two tabs both come through. Raises InvalidToken, ExpiredToken, TooManyAttempts.
    """
    await services.throttle.attempt("leaving_per_address", caller.block)
    session_id = (await _used(Step.TO_LEAVE, link, **asdict(asked))).session_id if link else None
    provider = services.providers[asked.provider]
    secret = secret if TOKEN.fullmatch(secret) else tokens.new_link_token()
    attempt = Attempt(tokens.new_link_token(), secret, _callback(services, asked.provider))
    try:
        url = await provider.authorization_url(attempt)
    except NoAnswer as error:
        await events.record(events.ProviderFailed(provider=asked.provider, error=str(error)), caller)
        return Sent(_with(asked.return_to, error="failed"), secret, provider.posts)
    await _write(Step.SENT, attempt.state, asked, cookie_digest=tokens.digest(secret), session_id=session_id)
    return Sent(url, secret, provider.posts)


async def come_back(
    caller: Caller, services: Services, provider_id: str, *, secret: str, came_back: Mapping[str, str]
) -> str:
    """Where a browser that has come back goes: to the frontend, with a `code` for a minute, or with an `error`.

    Raises InvalidToken where it is not one that was sent there, or comes again.
    """
    if provider_id not in services.providers:
        raise InvalidToken
    state = came_back.get("state", "")
    known = ProviderLogin.filter(token_digest=tokens.digest(state), step=Step.SENT, provider=provider_id)
    attempt = await known.get_or_none(cookie_digest=tokens.digest(secret))
    if attempt is None:
        raise InvalidToken
    if not await ProviderLogin.filter(id=attempt.id, step=Step.SENT).update(step=Step.ASKING):
        raise InvalidToken
    if attempt.expires_at <= datetime.now(UTC):
        return _with(attempt.return_to, error="expired")
    if came_back.get("error") in DENIED:
        return _with(attempt.return_to, error="denied")
    try:
        sent = Attempt(state, secret, _callback(services, provider_id))
        person = await _person(services, attempt, sent, came_back)
    except NoAnswer as error:
        await events.record(events.ProviderFailed(provider=provider_id, error=str(error)), caller)
        return _with(attempt.return_to, error="failed")
    code = tokens.new_link_token()
    await ProviderLogin.filter(id=attempt.id).update(
        step=Step.BACK,
        token_digest=tokens.digest(code),
        person=asdict(person),
        expires_at=datetime.now(UTC) + CODE_LIFETIME,
    )
    return _with(attempt.return_to, code=code)


async def use_code(code: str, code_verifier: str, session_id: UUID | None = None) -> ProviderLogin:
    """The attempt of this session, or of none, that a code belongs to: whoever tries uses it up.

    Raises ExpiredToken, InvalidToken where the verifier is not that of the frontend which has begun it.
    """
    attempt = await _used(Step.BACK, code, session_id=session_id)
    if not VERIFIER.fullmatch(code_verifier) or challenge_of(code_verifier) != attempt.code_challenge:
        raise InvalidToken(CEREMONY_ENDED)
    return attempt


async def keep_for_linking(provider: str, person: Person) -> str:
    """The ticket with which whoever came by a service can link it to an account, for as long as a login may take."""
    ticket = tokens.new_link_token()
    # No browser comes back with it, to no page.
    await _write(Step.TO_LINK, ticket, Asked(provider, "", ""), cookie_digest="", person=asdict(person))
    return ticket


async def use_ticket(ticket: str) -> ProviderLogin:
    """The attempt that a ticket belongs to, which is used up by this. Raises ExpiredToken, InvalidToken."""
    return await _used(Step.TO_LINK, ticket)


def person_of(attempt: ProviderLogin) -> Person:
    """Who came back."""
    return Person(**attempt.person or {})


async def usable(person: Person, *, to_link: bool = False) -> Person:
    """The same, vouched for only as far as ours is the address that the service has vouched for.

    Raises NoPerson where there is neither an address nor an account already, unless it is to be linked to one.
    """
    email = person.email or ""
    try:
        itself = email.isascii() and canonical_email(email) == email.lower()
    except Unacceptable:
        itself = False
        if not to_link and not await Identity.filter(issuer=person.issuer, subject=person.subject).exists():
            raise NoPerson("no address") from None
    # What the service has vouched for is the address as it writes it, and not what ours makes of it.
    return replace(person, vouched=person.vouched and itself)


async def _write(step: Step, token: str, asked: Asked, **more: Any) -> None:
    expires_at = datetime.now(UTC) + LIFETIME
    known = {"token_digest": tokens.digest(token), "expires_at": expires_at, **asdict(asked), **more}
    await ProviderLogin.create(step=step, **known)


async def _used(step: Step, token: str, **asked: Any) -> ProviderLogin:
    attempt = await ProviderLogin.get_or_none(token_digest=tokens.digest(token), step=step, **asked)
    if attempt is None or not await ProviderLogin.filter(id=attempt.id).delete():
        raise InvalidToken(CEREMONY_ENDED)
    if attempt.expires_at <= datetime.now(UTC):
        raise ExpiredToken(CEREMONY_EXPIRED)
    return attempt


async def _person(services: Services, attempt: ProviderLogin, sent: Attempt, came_back: Mapping[str, str]) -> Person:
    if (said := came_back.get("error")) is not None:
        raise NoAnswer(f"says {said}" if WORD.fullmatch(said) else "says no")
    person = await services.providers[attempt.provider].person(sent, came_back)
    return await usable(person, to_link=attempt.session_id is not None)


def _callback(services: Services, provider_id: str) -> str:
    """Each service has its own, so that none can have another's code brought to it (RFC 9700 §4.4)."""
    return f"{services.settings.public_url}/auth/{provider_id}/callback"


def _with(url: str, **fields: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
