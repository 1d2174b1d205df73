"""Sessions: which are open, and what they are used with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import events
from database import find, inserting, making_room, transaction, with_commit
from errors import AccountDisabled, EmailNotConfirmed, InvalidCredentials, NotFound
from models import LoginMethod, Session, User
from resolvers import factors
from resolvers.caller import Caller
from resolvers.permissions import SECOND_FACTOR
from resolvers.services import Services

MOST_SESSIONS = 100  # of one account; a new login closes the one that was used longest ago
PASSKEYS = {LoginMethod.PASSKEY, LoginMethod.SYNCED_PASSKEY}  # each is two factors: the device, and what unlocks it
SECOND = {*SECOND_FACTOR, LoginMethod.REMEMBERED_DEVICE}  # what spares being asked for one
AMR = {  # RFC 8176 §2, which has no words for a letter and for another service: `otp` would pass for an app's code
    LoginMethod.PASSWORD: "pwd",
    LoginMethod.MAILED_CODE: "email",
    LoginMethod.TOTP: "otp",
    LoginMethod.RECOVERY_CODE: "otp",
    LoginMethod.PASSKEY: "hwk",
    LoginMethod.SYNCED_PASSKEY: "swk",
    LoginMethod.IDENTITY: "fed",
}


@dataclass(frozen=True)
class Tokens:
    """What a session is used with, and when the access token stops being accepted (UTC)."""

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)


async def tokens_of(services: Services, session: Session) -> Tokens:
    """A new access token, and the refresh token of the session's present generation."""
    await services.signing_keys.before_signing()
    roles = await services.roles.load(session.user.id)
    access_token, expires_at = services.access_tokens.issue(
        session.user.id,
        session.id,
        methods=_amr([LoginMethod(method) for method in session.methods]),
        authenticated_at=session.stepped_up_at or session.created_at,
        roles=[role.name for role in roles],
    )
    refresh_token = services.refresh_tokens.issue(
        session.id, session.generation, session.rotated_at, session.expires_at
    )
    return Tokens(access_token, expires_at, refresh_token)


def _amr(methods: list[LoginMethod]) -> list[str]:
    """RFC 8176's words for them: more than one, or a passkey, is `mfa` too. A remembered device has none."""
    words = [AMR[method] for method in methods if method in AMR]
    return [*words, "mfa"] if len(words) > 1 or PASSKEYS.intersection(methods) else words


async def open_ones(services: Services, user_id: UUID) -> list[Session]:
    """The sessions that can still be used, those used in the last hour first: the order tells no more than the hour."""
    rows = await services.belongings.sessions.load(user_id)
    return sorted(rows, key=lambda row: (hour_of(row.last_used_at), row.id), reverse=True)


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour, which is all that is told of a session's use.

    Whoever has copied its tokens would learn from the instant when to trade an old one within the grace.
    """
    return moment.replace(minute=0, second=0, microsecond=0)


def ends_by(services: Services, session: Session) -> datetime:
    """By when a session will have ended that is not used any more: its limit, or the hour in which it would be idle."""
    idle_end = session.rotated_at + services.settings.session_idle_lifetime
    return min(hour_of(idle_end) + timedelta(hours=1), session.expires_at)


async def open(  # noqa: A001 - called as sessions.open
    caller: Caller,
    services: Services,
    user: User,
    methods: Sequence[LoginMethod],
    *,
    asked_elsewhere_at: datetime | None = None,
) -> Session:
    """A new session on the caller's device, in the transaction that is open: the only place where one is written.

    `user` is the account as it was before the methods were checked. Another service may say when it has asked who
    was there (UTC).
    Raises InvalidCredentials where what opens it has changed since, EmailNotConfirmed, AccountDisabled,
    SecondFactorNeeded.
    """
    present = await hold(user)
    if present.email_confirmed_at is None:
        raise EmailNotConfirmed
    if present.disabled_at:
        raise AccountDisabled
    if not SECOND.intersection(methods) and await factors.required(user.id):
        raise factors.SecondFactorNeeded(await factors.methods(services, user.id))
    now = datetime.now(UTC)
    session = Session(
        user=present,
        methods=methods,
        stepped_up_at=_asked_at(methods, now, asked_elsewhere_at),
        user_agent=caller.user_agent and caller.user_agent[:255],
        ip_address=caller.ip_address,
        created_at=now,
        rotated_at=now,
        last_used_at=now,
        expires_at=now + services.settings.session_lifetime,
    )
    await with_commit(making_room(Session, MOST_SESSIONS, user_id=user.id))
    await with_commit(inserting(session))
    return session


def _asked_at(methods: Sequence[LoginMethod], now: datetime, elsewhere_at: datetime | None) -> datetime | None:
    """When a login has asked who is there, which neither a remembered device nor another service needs to have done."""
    if LoginMethod.REMEMBERED_DEVICE in methods:
        return None
    if set(methods) == {LoginMethod.IDENTITY}:
        return elsewhere_at and min(elsewhere_at, now)
    return now


async def lock(session: Session) -> Session:
    """The session as it is: it and what opens its account stay so until the open transaction ends.

    Raises InvalidCredentials where it was closed, or what opens the account has changed since it was read.
    """
    unchanged = await _held(session.user)  # first, as whoever closes an account's sessions does
    locked = await Session.select_for_update().get_or_none(id=session.id)
    if unchanged is None or locked is None:
        raise InvalidCredentials("refusal.changed_meanwhile")
    return locked


async def still_open(session: Session) -> Session | None:
    """The session as it is, None where it was closed; it and its account stay so until the open transaction ends.

    Whatever of the account has changed since it was read has left this session open, or was its own doing.
    """
    await find(User, hold=True, id=session.user.id)  # first, as above
    return await Session.select_for_update().get_or_none(id=session.id)


async def hold(user: User) -> User:
    """The account, which stays as it is until the open transaction ends.

    Raises InvalidCredentials where what opens it has changed since it was read.
    """
    locked = await _held(user)
    if locked is None:
        raise InvalidCredentials
    return locked


async def _held(user: User) -> User | None:
    return await find(User, hold=True, id=user.id, credentials_version=user.credentials_version)


async def log_out(caller: Caller) -> str:
    """Closes the caller's session, and gives back its id; twice is no mistake."""
    session = caller.signed_in
    async with transaction():
        await Session.filter(id=session.id).delete()
        await events.record(events.LoggedOut(user_id=session.user.id, session_id=session.id), caller)
    return str(session.id)


async def close(caller: Caller, session_id: str) -> str:
    """Closes a session of the same user, and gives back its id. Raises NotFound where there is none of that id."""
    try:
        known = UUID(session_id)
    except ValueError:
        raise NotFound from None
    session = caller.signed_in
    async with transaction():
        if not await Session.filter(id=known, user=session.user).delete():
            raise NotFound
        happened = events.SessionClosed(user_id=session.user.id, session_id=known, by_session_id=session.id)
        await events.record(happened, caller)
    return str(known)


async def close_others(caller: Caller) -> int:
    """Closes every session of the caller but this one; gives back how many those were."""
    session = caller.signed_in
    async with transaction():
        closed = await Session.filter(user=session.user).exclude(id=session.id).delete()
        happened = events.SessionsClosed(user_id=session.user.id, session_id=session.id, closed=closed)
        await events.record(happened, caller)
    return closed
