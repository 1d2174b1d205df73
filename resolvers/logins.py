"""Signing in: each way of identifying somebody is a file of its own, and all of them end here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import events
from database import transaction
from errors import AccountDisabled, EmailNotConfirmed, InvalidCredentials, InvalidToken
from models import Device, LoginMethod, LoginTicket, Session, TicketKind, User
from resolvers import assertions, devices, factors, proofs, sessions, tickets
from resolvers.caller import Caller
from resolvers.services import Services
from security.ceremonies import new_challenge

FAILURES: dict[type[Exception], events.FailureReason] = {
    EmailNotConfirmed: "email_not_confirmed",
    AccountDisabled: "account_disabled",
    InvalidCredentials: "account_changed",
}


@dataclass(frozen=True)
class Login:
    """The session that was opened, and the token of its device where that has a new one."""

    session: Session
    device_token: str | None = field(repr=False)


async def complete(
    caller: Caller,
    services: Services,
    user: User,
    methods: Sequence[LoginMethod],
    device: Device | None,
    *,
    ticket: LoginTicket | None = None,
    rests_on: Mapping[str, Any] | None = None,
    asked_elsewhere_at: datetime | None = None,
) -> Login:
    """What was opened for somebody who was identified by these methods, as `user` was before they were checked.

    A `ticket` that they were proven with is used up by this. Where the columns that the methods alone `rests_on` are
    still as they were, another change of the account meanwhile does no harm, once. `asked_elsewhere_at` is when another
    service has asked who was there (UTC), where it says so.
    Raises EmailNotConfirmed, AccountDisabled, InvalidCredentials, SecondFactorNeeded, InvalidToken where somebody
    else has used it.
    """
    try:
        async with transaction():
            if ticket:
                await sessions.hold(user)  # first, as whoever deletes it does
                await tickets.use(ticket)
            try:
                return await _opened(caller, services, user, methods, device, asked_elsewhere_at=asked_elsewhere_at)
            except factors.SecondFactorNeeded as asked:
                needed = await _with_ticket(services, asked, user, methods, device)
                await events.record(events.SecondFactorAsked(user_id=user.id), caller)
    except tuple(FAILURES) as refusal:
        if rests_on and (present := await User.get_or_none(id=user.id, **rests_on)):
            return await complete(caller, services, present, methods, device, ticket=ticket)
        await events.record(events.LoginFailed(user_id=user.id, reason=FAILURES[type(refusal)]), caller)
        raise
    raise needed


async def look(services: Services, ticket: str) -> factors.SecondFactorNeeded:
    """What the holder of a ticket is still asked for, without the ticket. Raises InvalidToken, ExpiredToken."""
    known = await tickets.look(TicketKind.SECOND_FACTOR, ticket)
    assert known.user  # noqa: S101 - of every ticket that is written after the first factor
    options = await assertions.request(services, known.user, known.challenge) if known.challenge else None
    return factors.SecondFactorNeeded(await factors.methods(services, known.user.id), passkey_options=options)


async def finish(caller: Caller, services: Services, *, ticket: str, proof: proofs.Proof, remember: bool) -> Login:
    """What was opened for the holder of a ticket who proves a second factor, which is used up by this.

    To `remember` has the device spare it for DEVICE_LIFETIME, but not by a recovery code.
    Raises InvalidToken, ExpiredToken, InvalidProof, AccountDisabled, TooManyAttempts.
    """
    await services.throttle.attempt("login_per_address", caller.block)
    known = await tickets.look(TicketKind.SECOND_FACTOR, ticket)
    assert known.user  # noqa: S101 - of every ticket that is written after the first factor
    user, proof = known.user, replace(proof, challenge=known.challenge)
    await proofs.throttle(services, user)
    await tickets.count(known)
    try:
        async with proofs.attempt(caller, services, user, proof), transaction():
            await sessions.hold(user)  # first, as whoever changes its factors does
            await tickets.use(known)  # before the proof is looked at: it belongs to whoever is first
            method = await proofs.prove(caller, services, user, proof)
            methods = [*map(LoginMethod, known.methods), method]
            until = datetime.now(UTC) + services.settings.device_lifetime
            remembered = until if remember and method is not LoginMethod.RECOVERY_CODE else None
            login = await _opened(caller, services, user, methods, known.device, remembered_until=remembered)
    except InvalidCredentials:
        raise InvalidToken(tickets.LOGIN_ENDED) from None
    return login


async def _with_ticket(
    services: Services,
    asked: factors.SecondFactorNeeded,
    user: User,
    methods: Sequence[LoginMethod],
    device: Device | None,
) -> factors.SecondFactorNeeded:
    """What was asked for, and the ticket that comes with it."""
    challenge = new_challenge() if LoginMethod.PASSKEY in asked.methods else None
    ticket = await tickets.write(user, methods, device, challenge)
    options = await assertions.request(services, user, challenge) if challenge else None
    return factors.SecondFactorNeeded(asked.methods, ticket, options)


async def _opened(
    caller: Caller,
    services: Services,
    user: User,
    methods: Sequence[LoginMethod],
    device: Device | None,
    *,
    remembered_until: datetime | None = None,
    asked_elsewhere_at: datetime | None = None,
) -> Login:
    try:
        session = await sessions.open(caller, services, user, methods, asked_elsewhere_at=asked_elsewhere_at)
    except factors.SecondFactorNeeded:
        if not await devices.spares(user, device):
            raise
        session = await sessions.open(caller, services, user, [*methods, LoginMethod.REMEMBERED_DEVICE])
    kept = await devices.keep(caller, user, device, remembered_until)
    happened = events.LoggedIn(user_id=user.id, session_id=session.id, known_device=kept.was_known)
    await events.record(happened, caller)
    return Login(session, kept.token)
