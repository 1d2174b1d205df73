"""Refreshing: each refresh token trades for the next, once."""

from datetime import UTC, datetime, timedelta

import structlog
from tortoise.transactions import in_transaction

from errors import ExpiredToken, InvalidToken
from models import Session, User
from resolvers.services import Services
from resolvers.sessions import Tokens, tokens_of
from security.tokens import SESSION_ENDED, SESSION_EXPIRED, RefreshClaims

GRACE = timedelta(seconds=30)  # two tabs at once, or an answer that was lost on its way (RFC 9700 §4.14.2)
log = structlog.get_logger()


async def refresh(services: Services, refresh_token: str) -> Tokens:
    """Trades a refresh token for the next pair.

    Of many racers with one token all get the same successor, for 30 seconds; a token that is used
    after that closes the session, and its owner is told by mail. Raises InvalidToken, ExpiredToken.
    """
    claims = services.refresh_tokens.verify(refresh_token)
    session = await _found(claims)
    if session.generation == claims.generation and not await _move_on(session):
        session = await _found(claims)  # another racer was first
    if session.generation != claims.generation + 1 or datetime.now(UTC) - session.rotated_at > GRACE:
        await _close(services, session)
        raise InvalidToken(SESSION_ENDED)
    log.info("refreshed", user_id=str(session.user.id), session_id=str(session.id))
    return tokens_of(services, session)


async def _found(claims: RefreshClaims) -> Session:
    session = await Session.get_or_none(id=claims.session_id).select_related("user")
    if session is None:
        raise InvalidToken(SESSION_ENDED)
    if session.expires_at <= datetime.now(UTC):
        raise ExpiredToken(SESSION_EXPIRED)
    return session


async def _move_on(session: Session) -> bool:
    """Whether this request was the one that moved the session to its next generation."""
    now = datetime.now(UTC)
    present = Session.filter(id=session.id, generation=session.generation)
    if not await present.update(generation=session.generation + 1, rotated_at=now, last_used_at=now):
        return False
    session.generation, session.rotated_at = session.generation + 1, now
    return True


async def _close(services: Services, session: Session) -> None:
    """Ends a session whose token may have been copied."""
    async with in_transaction():
        await User.select_for_update().get_or_none(id=session.user.id)  # first, as whoever deletes the account does
        if not await Session.filter(id=session.id).delete():
            return
        await services.outbox.tell(session.user, "session_closed", user_agent=session.user_agent)
    services.outbox.wake()
    log.warning("refresh_token_reused", user_id=str(session.user.id), session_id=str(session.id))
