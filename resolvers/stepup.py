"""Step-up: what matters asks who is there, since a session may be left open somewhere."""

from datetime import UTC, datetime

import events
from errors import InvalidCredentials, StepUpMethod, StepUpNeeded
from models import LoginMethod, Session, User
from resolvers import assertions, factors, sessions
from resolvers.caller import Caller
from resolvers.services import Services

FIRST = {LoginMethod.PASSWORD, LoginMethod.MAILED_CODE}  # each says alone who is there, where it says so at all


def until(services: Services, session: Session) -> datetime | None:
    """Until when a session need not ask who is there (UTC), since its client has just said so; None where it has to."""
    ends_at = session.stepped_up_at and session.stepped_up_at + services.settings.step_up_lifetime
    return ends_at if ends_at and ends_at > datetime.now(UTC) else None


async def proven(session: Session, method: LoginMethod) -> datetime:
    """Records what a session's client has just proven who is there by; gives back when (UTC), in the open transaction.

    A factor counts beside the first one of the login; what else was proven then is older than the step up.
    """
    now, before = datetime.now(UTC), [] if method in FIRST else session.methods[:1]
    methods = list(dict.fromkeys([*before, method]))
    await Session.filter(id=session.id).update(methods=methods, stepped_up_at=now)
    return now


async def ask(caller: Caller, services: Services, password: str | None) -> bool:
    """Whether the account's password was given, which an account that has one is always asked for.

    One that has a second factor is asked for that first, unless the session has proven it lately: whoever finds a
    session open does not find out its password by this. Failures count for the session: strangers who fail at logging
    in to the account do not keep its owner from it.
    Raises StepUpNeeded, InvalidCredentials, TooManyAttempts, Unavailable.
    """
    session, user = caller.signed_in, caller.signed_in.user
    if not until(services, session) and await factors.required(user.id):
        raise StepUpNeeded(*await methods(services, user))
    if password is None:
        if user.password_hash:
            raise StepUpNeeded(StepUpMethod.PASSWORD)
        return False
    await check_password(caller, services, password)
    return True


async def require(caller: Caller, services: Services, *, asked: bool = False) -> None:
    """Keeps session and account as they are until the open transaction ends, which is that of what matters.

    The session has to have been stepped up lately, as by a login; where the password was `asked` for and the account
    has no second factor, it need not.
    Raises StepUpNeeded, InvalidCredentials where the session was closed or the account changed meanwhile.
    """
    session, user = await sessions.lock(caller.signed_in), caller.signed_in.user
    if not until(services, session) and (not asked or await factors.required(user.id)):
        raise StepUpNeeded(*await methods(services, user))


async def require_lately(caller: Caller, services: Services) -> Session:
    """The same for what asks for no password; gives back the session as it is.

    Raises StepUpNeeded, also where the session was closed meanwhile. What else has changed since
    is none of it: it may have been this session's own, by a double click.
    """
    session = await sessions.still_open(caller.signed_in)
    if session is None or not until(services, session):
        raise StepUpNeeded(*await methods(services, caller.signed_in.user))
    return session


async def check_password(caller: Caller, services: Services, password: str) -> None:
    """Raises InvalidCredentials, TooManyAttempts, Unavailable unless it is the account's."""
    session, user = caller.signed_in, caller.signed_in.user
    await services.throttle.attempt("password_per_session", str(session.id))
    verdict = await services.passwords.verify(password, user.password_hash)
    if verdict.fits is None:
        await events.record(events.PasswordCheckFailed(user_id=user.id), caller)
        raise InvalidCredentials("refusal.wrong_password")
    await services.throttle.forgive("password_per_session", str(session.id))


async def methods(services: Services, user: User) -> list[StepUpMethod]:
    """What the account can prove itself with: where it has a second factor, its password alone is none.

    A code by mail is for who has nothing else: whoever reads the mail may have logged in by it.
    """
    if await factors.required(user.id):
        return [StepUpMethod[method.name] for method in await factors.methods(services, user.id)]
    passwords = [StepUpMethod.PASSWORD] if user.password_hash else []
    passkeys = [StepUpMethod.PASSKEY] if await assertions.usable(services, user.id) else []
    return [*passwords, *passkeys] or [StepUpMethod.MAILED_CODE]
