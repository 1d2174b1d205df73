"""Sessions: logging in, and who a token belongs to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog
from tortoise.transactions import in_transaction

from errors import EmailNotConfirmed, InvalidCredentials, NotFound, Unauthenticated
from models import Session, User
from resolvers import confirmations
from resolvers.inputs import LONGEST_EMAIL, canonical_email
from resolvers.services import Client, Services

WAITING = 1  # of the hashes that a login compares: the account's own, that of a registration which waits
MOST_SESSIONS = 100  # of one account; a new login closes the one that was used longest ago
log = structlog.get_logger()


@dataclass(frozen=True)
class Tokens:
    """What a session is used with, and when the access token stops being accepted (UTC)."""

    access_token: str
    expires_at: datetime
    refresh_token: str


def tokens_of(services: Services, session: Session) -> Tokens:
    """A new access token, and the refresh token of the session's present generation."""
    access_token, expires_at = services.access_tokens.issue(session.user.id, session.id)
    refresh_token = services.refresh_tokens.issue(
        session.id, session.generation, session.rotated_at, session.expires_at
    )
    return Tokens(access_token, expires_at, refresh_token)


async def login(services: Services, client: Client, *, email: str, password: str) -> Session:
    """The session that was opened.

    Raises InvalidCredentials, EmailNotConfirmed (only after the password of a registration that waits),
    TooManyAttempts, Unavailable.
    """
    email = _canonical_or_as_typed(email)
    await services.throttle.attempt("login_per_address", client.block)
    await services.throttle.attempt("login_per_account", email)
    user = await User.get_or_none(canonical_email=email)
    waiting = await confirmations.newest(email)
    # The same work for every address, and the same answer to whoever has registered it.
    verdict = await services.passwords.verify(
        password, user.password_hash if user else None, waiting.password_hash if waiting else None
    )
    if user is None or verdict.fits is None:
        log.info("login_failed", user_id=user and str(user.id), reason="wrong_password" if user else "unknown_address")
        raise InvalidCredentials
    if (
        verdict.fits == WAITING or user.email_confirmed_at is None
    ):  # and nothing is forgiven: anybody can register an address
        log.info("login_failed", user_id=str(user.id), reason="email_not_confirmed")
        raise EmailNotConfirmed
    await services.throttle.forgive("login_per_account", email)  # not so for the address: it may try many accounts
    session = await _open(services, client, user, verdict.new_hash)
    log.info("logged_in", user_id=str(user.id), session_id=str(session.id))
    return session


async def authenticate(services: Services, access_token: str) -> Session:
    """The open session that a token belongs to, with its user. Raises Unauthenticated for whatever reason."""
    claims = services.access_tokens.verify(access_token)
    session = await Session.get_or_none(
        id=claims.session_id, user_id=claims.user_id, expires_at__gt=datetime.now(UTC)
    ).select_related("user")
    if session is None:
        raise Unauthenticated
    return session


async def open_ones(services: Services, user_id: UUID) -> list[Session]:
    """The sessions that can still be used, the one used last first."""
    now = datetime.now(UTC)
    unused_since = now - services.settings.session_idle_lifetime
    return await Session.filter(user_id=user_id, expires_at__gt=now, rotated_at__gt=unused_since).order_by(
        "-last_used_at", "-id"
    )


async def hold(session: Session) -> None:
    """Keeps the session from being closed before the open transaction ends. Raises InvalidCredentials where it was."""
    if not await Session.select_for_update().get_or_none(id=session.id):
        raise InvalidCredentials


async def log_out(session: Session) -> None:
    """Closes this session; twice is no mistake."""
    await Session.filter(id=session.id).delete()
    log.info("logged_out", user_id=str(session.user.id), session_id=str(session.id))


async def close(session: Session, session_id: str) -> str:
    """Closes a session of the same user, and gives back its id. Raises NotFound where there is none of that id."""
    try:
        known = UUID(session_id)
    except ValueError:
        raise NotFound from None
    if not await Session.filter(id=known, user=session.user).delete():
        raise NotFound
    log.info("session_closed", user_id=str(session.user.id), session_id=str(known), by_session_id=str(session.id))
    return str(known)


async def close_others(session: Session) -> int:
    """Closes every session of the user but this one; gives back how many those were."""
    closed = await Session.filter(user=session.user).exclude(id=session.id).delete()
    log.info("sessions_closed", user_id=str(session.user.id), session_id=str(session.id), closed=closed)
    return closed


async def _open(services: Services, client: Client, user: User, new_hash: str | None) -> Session:
    now = datetime.now(UTC)
    async with in_transaction():
        # The account may have changed while its password was hashed: the session needs the hash that was checked.
        unchanged = User.filter(id=user.id, password_hash=user.password_hash)
        if not await unchanged.update(password_hash=new_hash or user.password_hash):
            log.info("login_failed", user_id=str(user.id), reason="account_changed")
            raise InvalidCredentials
        session = await Session.create(
            user=user,
            user_agent=client.user_agent and client.user_agent[:255],
            ip_address=client.ip_address,
            created_at=now,
            rotated_at=now,
            last_used_at=now,
            expires_at=now + services.settings.session_lifetime,
        )
        surplus = await Session.filter(user=user).order_by("-last_used_at", "-id").offset(MOST_SESSIONS)
        if surplus:
            await Session.filter(id__in=[one.id for one in surplus]).delete()
        return session


def _canonical_or_as_typed(email: str) -> str:
    """What to look up: what cannot be an address is looked up all the same, and found nowhere."""
    try:
        return canonical_email(email)
    except ValueError:
        return ascii(email)[:LONGEST_EMAIL]
