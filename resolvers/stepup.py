"""Step-up: what matters asks who is there, since a session may be left open somewhere."""

from datetime import UTC, datetime

import events
from errors import InvalidCredentials, StepUpMethod, StepUpNeeded
from models import Session
from resolvers import sessions
from resolvers.caller import Caller
from resolvers.services import Services


def until(services: Services, session: Session) -> datetime | None:
    """Until when a session need not ask who is there (UTC), since its client has just said so; None where it has to."""
    ends_at = session.stepped_up_at and session.stepped_up_at + services.settings.step_up_lifetime
    return ends_at if ends_at and ends_at > datetime.now(UTC) else None


async def ask(caller: Caller, services: Services, password: str | None) -> bool:
    """Whether the account's password was given, which an account that has one is always asked for.

    Failures count for the session: strangers who fail at logging in to the account do not keep its owner from this.
    Raises StepUpNeeded, InvalidCredentials, TooManyAttempts, Unavailable.
    """
    session, user = caller.signed_in, caller.signed_in.user
    if password is None:
        if user.password_hash:
            raise StepUpNeeded(StepUpMethod.PASSWORD)
        return False
    await services.throttle.attempt("password_per_session", str(session.id))
    verdict = await services.passwords.verify(password, user.password_hash)
    if verdict.fits is None:
        await events.record(events.PasswordCheckFailed(user_id=user.id), caller)
        raise InvalidCredentials("refusal.wrong_password")
    await services.throttle.forgive("password_per_session", str(session.id))
    return True


async def require(caller: Caller, services: Services, *, asked: bool = False) -> None:
    """Keeps session and account as they are until the open transaction ends, which is that of what matters.

    Where the password was not `asked` for, the session has to have been stepped up lately: a login counts as that.
    Raises StepUpNeeded, InvalidCredentials where the session was closed or the account changed meanwhile.
    """
    session = await sessions.lock(caller.signed_in)
    if not asked and not until(services, session):
        raise StepUpNeeded(*([StepUpMethod.PASSWORD] if caller.signed_in.user.password_hash else []))
