"""Refreshing: each refresh token trades for the next, once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import events
from database import transaction
from errors import ExpiredToken, InvalidToken
from mail import letters
from models import Session, User
from resolvers.caller import Caller
from resolvers.services import Services
from resolvers.sessions import Tokens, tokens_of
from security.fingerprints import Fingerprint
from security.tokens import SESSION_ENDED, SESSION_EXPIRED, RefreshClaims

GRACE = timedelta(seconds=30)  # two tabs at once, or an answer that was lost on its way (RFC 9700 §4.14.2)


async def refresh(caller: Caller, services: Services, refresh_token: str) -> Tokens:
    """Trades a refresh token for the next pair.

    Of many racers with one token all get the same successor, for 30 seconds; a token that is used after that, or
    by another program at another address, closes the session, and its owner is told by mail.
    Raises InvalidToken, ExpiredToken.
    """
    claims = services.refresh_tokens.verify(refresh_token)
    session = await _found(claims)
    fingerprints = services.fingerprints.of(session.id, caller.user_agent, caller.block)
    if session.generation != claims.generation or not await _move_on(session, fingerprints[0]):
        session = await _found(claims)  # another racer was first
        differing = _differing(session, fingerprints)
        if _is_late(session, claims) or len(differing) == len(Fingerprint._fields):
            await _close(caller, services, session)
            raise InvalidToken(SESSION_ENDED)
        if differing:
            await events.record(events.RefreshTokenRaced(**_ids(session), differing=differing[0]), caller)
    await events.record(events.Refreshed(**_ids(session)), caller)
    return await tokens_of(services, session)


async def look(caller: Caller, services: Services, refresh_token: str) -> Session:
    """The open session that a refresh token would go on with, and its user. Trades nothing and changes nothing.

    One that was traded already is as good as for a refresh, for 30 seconds and to its own program; after that it is
    refused here, and only whoever refreshes by it closes the session. Raises InvalidToken, ExpiredToken.
    """
    claims = services.refresh_tokens.verify(refresh_token)
    session = await _found(claims)
    if session.generation != claims.generation:
        differing = _differing(session, services.fingerprints.of(session.id, caller.user_agent, caller.block))
        if _is_late(session, claims) or len(differing) == len(Fingerprint._fields):
            raise InvalidToken(SESSION_ENDED)
    return session


async def _found(claims: RefreshClaims) -> Session:
    session = await Session.get_or_none(id=claims.session_id).select_related("user")
    if session is None or session.user.disabled_at:
        raise InvalidToken(SESSION_ENDED)
    if session.expires_at <= datetime.now(UTC):
        raise ExpiredToken(SESSION_EXPIRED)
    return session


async def _move_on(session: Session, fingerprint: Fingerprint) -> bool:
    """Whether this request was the one that moved the session to its next generation."""
    now = datetime.now(UTC)
    present = Session.filter(id=session.id, generation=session.generation)
    client = {"rotated_agent": fingerprint.agent, "rotated_block": fingerprint.block}
    if not await present.update(generation=session.generation + 1, rotated_at=now, last_used_at=now, **client):
        return False
    session.generation, session.rotated_at = session.generation + 1, now
    return True


def _is_late(session: Session, claims: RefreshClaims) -> bool:
    return session.generation != claims.generation + 1 or datetime.now(UTC) - session.rotated_at > GRACE


def _differing(session: Session, fingerprints: list[Fingerprint]) -> list[events.Part]:
    """In what a racer is another client than the one that the session moved on for, whichever key that had."""
    pairs: dict[events.Part, tuple[str | None, list[str]]] = {
        "user_agent": (session.rotated_agent, [one.agent for one in fingerprints]),
        "address_block": (session.rotated_block, [one.block for one in fingerprints]),
    }
    return [name for name, (known, present) in pairs.items() if known not in (None, *present)]


async def _close(caller: Caller, services: Services, session: Session) -> None:
    """Ends a session whose token may have been copied."""
    async with transaction():
        await User.select_for_update().get_or_none(id=session.user.id)  # first, as whoever deletes the account does
        if not await Session.filter(id=session.id).delete():
            return
        letter = letters.SessionClosed(**letters.reader(session.user), user_agent=session.user_agent)
        await services.outbox.post(letter, session.user)
        await events.record(events.RefreshTokenReused(**_ids(session)), caller)


def _ids(session: Session) -> dict[str, UUID]:
    return {"user_id": session.user.id, "session_id": session.id}
