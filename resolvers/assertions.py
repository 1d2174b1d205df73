"""What passkeys answer: which of them, and whether it is good."""

import re
from datetime import UTC, datetime
from uuid import UUID

from tortoise.expressions import Q

import events
from errors import InvalidProof
from models import LoginMethod, Passkey, User
from resolvers.caller import Caller
from resolvers.services import Services
from security.passkeys import Credential, Options

CREDENTIAL_ID = re.compile(r"[A-Za-z0-9_-]{1,1364}")


class ClonedPasskey(InvalidProof):
    """A right signature whose count is not beyond the one before: somebody may have a copy (WebAuthn L3 §6.1.1)."""

    def __init__(self, passkey: Passkey | None = None) -> None:
        super().__init__()
        self.passkey = passkey


def described(passkey: Passkey) -> Credential:
    """As browsers are told of it."""
    return Credential(passkey.credential_id, passkey.transports)


def method_of(passkey: Passkey) -> LoginMethod:
    """What somebody is identified by who uses it."""
    return LoginMethod.SYNCED_PASSKEY if passkey.backup_eligible else LoginMethod.PASSKEY


async def usable(services: Services, user_id: UUID) -> list[Passkey]:
    """Those of an account that browsers may offer here, oldest first: not those of another PASSKEY_RP_ID."""
    return await Passkey.filter(user_id=user_id, rp_id=services.passkeys.rp_id).order_by("id")


async def request(services: Services, user: User, challenge: bytes) -> Options:
    """What a browser is asked for one of the account's passkeys."""
    allowed = [described(passkey) for passkey in await usable(services, user.id)]
    return services.passkeys.request(challenge, allowed)


async def find(answer: object) -> Passkey | None:
    """The passkey that an answer names, with its user; None where it is not known. Raises InvalidProof."""
    named = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(named, str) or not CREDENTIAL_ID.fullmatch(named):
        raise InvalidProof
    return await Passkey.get_or_none(credential_id=named).select_related("user")


async def use(
    services: Services, passkey: Passkey, answer: object, challenge: bytes, *, owner_is_known: bool = False
) -> None:
    """Has the passkey move on by its answer, in the transaction that is open and keeps its account as it is.

    Where its owner is not known otherwise, it has to say whose it is. Raises InvalidProof, ClonedPasskey.
    """
    said = await services.passkeys.asserted(answer, challenge, bytes(passkey.public_key))
    is_theirs = said.user_handle == passkey.user_id.bytes or (owner_is_known and said.user_handle is None)
    if not is_theirs or said.backup_eligible != passkey.backup_eligible:
        raise InvalidProof
    before = Q(sign_count__lt=said.sign_count) if said.sign_count else Q(sign_count=0)  # 0: it does not count
    moved = {"sign_count": said.sign_count, "backed_up": said.backed_up, "last_used_at": datetime.now(UTC)}
    if not await Passkey.filter(before, id=passkey.id).update(**moved):
        raise ClonedPasskey(passkey)


async def tell(caller: Caller, refusal: InvalidProof) -> None:
    """Records what looks like a copy, once the refusal has ended its transaction."""
    if isinstance(refusal, ClonedPasskey) and (passkey := refusal.passkey):
        await events.record(events.PasskeyCloned(user_id=passkey.user_id, passkey_id=passkey.id), caller)
