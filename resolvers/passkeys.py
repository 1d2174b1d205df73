"""Passkeys: added to an account, renamed, and taken away."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

import events
import locales
from database import transaction
from errors import InputErrorCode, NotFound, Unacceptable
from mail import letters
from models import Passkey, RecoveryCode, User
from resolvers import assertions, ceremonies, factors, recovery, stepup
from resolvers.caller import Caller
from resolvers.ceremonies import Started
from resolvers.inputs import Inputs, person_name
from resolvers.services import Services
from security.authenticators import NAMES
from security.ceremonies import Ceremony, Purpose
from security.passkeys import NewPasskey

MOST_PASSKEYS = 20  # of one account


@dataclass(frozen=True)
class Added:
    """The passkey, and the codes that come with the first second factor; None where there were some, or it is none."""

    passkey: Passkey
    recovery_codes: list[str] | None = field(repr=False)


async def of(user_id: UUID) -> list[Passkey]:
    """Those of an account, oldest first."""
    return await Passkey.filter(user_id=user_id).order_by("id")


async def start(caller: Caller, services: Services) -> Started:
    """What a browser is asked to make one by. Raises StepUpNeeded, InvalidInput where there are too many."""
    session, user = caller.signed_in, caller.signed_in.user
    with Inputs() as inputs, inputs.field("credential"):
        async with transaction():
            await stepup.require_lately(caller, services)
            await _check_room(user)
    known = [assertions.described(passkey) for passkey in await assertions.usable(services, user.id)]
    ceremony = services.ceremonies.begin(Purpose.PASSKEY_REGISTRATION, session.id)
    options = services.passkeys.creation(ceremony.challenge, user.id, user.canonical_email, user.name, known)
    return Started(ceremony.token, ceremony.expires_at, options)


async def add(
    caller: Caller, services: Services, *, ceremony: str, answer: object, name: str | None, second_factor: bool
) -> Added:
    """Adds what a browser has made; without a name it is called after its maker. Every other session is closed.

    Raises InvalidInput, InvalidProof, InvalidToken, ExpiredToken, StepUpNeeded.
    """
    begun = services.ceremonies.find(Purpose.PASSKEY_REGISTRATION, ceremony, caller.signed_in.id)
    with Inputs() as inputs, inputs.field("name"):
        name = person_name(name)
    made = await services.passkeys.registered(answer, begun.challenge)
    passkey = _row(services, caller.signed_in.user, made, name, second_factor=second_factor)
    with Inputs() as inputs, inputs.field("credential"):
        try:
            async with transaction():
                return await _added(caller, services, begun, passkey)
        except IntegrityError:
            raise Unacceptable(InputErrorCode.TAKEN, "input.passkey_taken") from None
    raise AssertionError  # leaving the inputs has raised


def _row(services: Services, user: User, made: NewPasskey, name: str | None, *, second_factor: bool) -> Passkey:
    return Passkey(
        user=user,
        credential_id=made.credential.id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        backup_eligible=made.backup_eligible,
        backed_up=made.backed_up,
        discoverable=made.discoverable,
        second_factor=second_factor,
        transports=made.credential.transports,
        aaguid=made.aaguid,
        rp_id=services.passkeys.rp_id,
        name=name or NAMES.get(made.aaguid) or locales.texts(user.locale)("passkey.name"),
        created_at=datetime.now(UTC),
    )


async def _added(caller: Caller, services: Services, begun: Ceremony, passkey: Passkey) -> Added:
    session, user = caller.signed_in, caller.signed_in.user
    await stepup.require_lately(caller, services)
    await _check_room(user)
    await ceremonies.use(begun)
    await passkey.save(force_create=True)
    is_first = passkey.second_factor and not await RecoveryCode.filter(user=user).exists()
    codes = await recovery.new_set(user) if is_first else None
    closed = await factors.changed(user, session)
    await services.outbox.post(letters.PasskeyAdded(**letters.reader(user)), user)
    happened = events.PasskeyAdded(
        user_id=user.id,
        session_id=session.id,
        passkey_id=passkey.id,
        second_factor=passkey.second_factor,
        closed=closed,
    )
    await events.record(happened, caller)
    return Added(passkey, codes)


async def _check_room(user: User) -> None:
    if await Passkey.filter(user=user).count() >= MOST_PASSKEYS:
        raise Unacceptable(InputErrorCode.INVALID, "input.too_many_passkeys", count=MOST_PASSKEYS)


async def rename(caller: Caller, passkey_id: str, name: str) -> Passkey:
    """The passkey by its new name. Raises InvalidInput, NotFound."""
    session = caller.signed_in
    with Inputs() as inputs, inputs.field("name"):
        called = person_name(name)
        if called is None:
            raise Unacceptable(InputErrorCode.REQUIRED, "input.required")
    async with transaction():
        passkey = await _theirs(session.user, passkey_id)
        if not await Passkey.filter(id=passkey.id).update(name=called):
            raise NotFound  # somebody has just taken it away
        happened = events.PasskeyRenamed(user_id=session.user.id, session_id=session.id, passkey_id=passkey.id)
        await events.record(happened, caller)
    passkey.name = called
    return passkey


async def remove(caller: Caller, services: Services, passkey_id: str) -> list[str]:
    """Takes one away; gives back the credential ids of the rest that are of this domain.

    Every other session is closed, the owner told. Without a second factor there are no recovery codes either.
    Raises NotFound, StepUpNeeded.
    """
    session, user = caller.signed_in, caller.signed_in.user
    async with transaction():
        await stepup.require_lately(caller, services)
        passkey = await _theirs(user, passkey_id)
        await passkey.delete()
        if not await factors.required(user.id):
            await RecoveryCode.filter(user=user).delete()
        closed = await factors.changed(user, session)
        await services.outbox.post(letters.PasskeyRemoved(**letters.reader(user)), user)
        happened = events.PasskeyRemoved(user_id=user.id, session_id=session.id, passkey_id=passkey.id, closed=closed)
        await events.record(happened, caller)
        return [left.credential_id for left in await assertions.usable(services, user.id)]


async def of_another_domain(rp_id: str) -> str | None:
    """The domain that the oldest or the newest passkey is bound to, where that is another; None where none is."""
    any_of_them = Passkey.filter(id__gt=UUID(int=0))  # asked like this, SQLite too looks at the ends alone
    ends = [await any_of_them.order_by(order).first() for order in ("id", "-id")]
    return next((passkey.rp_id for passkey in ends if passkey and passkey.rp_id != rp_id), None)


async def _theirs(user: User, passkey_id: str) -> Passkey:
    try:
        passkey = await Passkey.get_or_none(id=UUID(passkey_id), user=user)
    except ValueError:
        passkey = None
    if passkey is None:
        raise NotFound
    return passkey
