"""Acting on what is not one's own: who may, asked again in the transaction that does it."""

from dataclasses import dataclass
from uuid import UUID

from errors import NotAllowed, NotFound
from models import Permission, User
from resolvers import permissions, stepup
from resolvers.caller import Caller
from resolvers.services import Services


@dataclass(frozen=True)
class Authority:
    """The account that the caller may change, and what they may do themselves."""

    user: User
    permissions: frozenset[Permission]


async def require(caller: Caller, services: Services, permission: Permission, *others: UUID) -> frozenset[Permission]:
    """What the caller may do, which stays so until the open transaction ends, as do these other accounts.

    The session has to have been stepped up lately.
    Raises Forbidden, StepUpNeeded.
    """
    user_id = caller.signed_in.user.id
    # In one order: two who change each other would wait for each other.
    await User.filter(id__in={user_id, *others}).order_by("id").only("id").select_for_update()
    session = await stepup.require_lately(caller, services)
    (roles,) = await permissions.roles_of([user_id])
    permissions.check(session, roles, permission)
    return permissions.together(roles)


async def over(caller: Caller, services: Services, permission: Permission, user_id: str) -> Authority:
    """The account of this id, which is not the caller's and may do nothing that they may not.

    It stays as it is until the open transaction ends. Raises NotFound, NotAllowed, Forbidden, StepUpNeeded.
    """
    try:
        wanted = UUID(user_id)
    except ValueError:
        raise NotFound from None
    mine = await require(caller, services, permission, wanted)
    user = await User.get_or_none(id=wanted)
    if user is None:
        raise NotFound
    (roles,) = await permissions.roles_of([wanted])
    if wanted == caller.signed_in.user.id or not permissions.together(roles) <= mine:
        raise NotAllowed
    return Authority(user, mine)
