"""What somebody may do to others."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from errors import Forbidden
from models import ADMIN, LoginMethod, Permission, Role, Session, User, UserRole

NO_PERMISSION = "refusal.no_permission"
SECOND_FACTOR = {  # what proves one, now: a remembered device has proven it some day
    *(LoginMethod.TOTP, LoginMethod.RECOVERY_CODE, LoginMethod.PASSKEY, LoginMethod.SYNCED_PASSKEY),
}


@dataclass(frozen=True)
class Held:
    """A role as somebody has it."""

    name: str
    permissions: frozenset[Permission]


EVERYTHING = Held(ADMIN, frozenset(Permission))


def held(role: Role) -> Held:
    """What a row says; a permission that this version does not know is none."""
    return Held(role.name, frozenset(one for one in Permission if one in role.permissions))


async def roles_of(user_ids: list[UUID]) -> list[list[Held]]:
    """The roles of each of these accounts, by their names."""
    names = defaultdict(list)
    for user_id, name in await UserRole.filter(user_id__in=user_ids).order_by("role").values_list("user_id", "role"):
        names[user_id].append(name)
    wanted = {name for some in names.values() for name in some}
    known = {row.name: held(row) for row in await Role.filter(name__in=wanted)} if wanted - {ADMIN} else {}
    known[ADMIN] = EVERYTHING
    # One that is being deleted at this very moment is nobody's any more.
    return [[known[name] for name in names[user_id] if name in known] for user_id in user_ids]


async def holders_of(permission: Permission) -> list[User]:
    """Who may do it, in whichever session: the accounts that are not disabled."""
    names = [ADMIN, *(role.name for role in await Role.all() if permission in held(role).permissions)]
    ids = await UserRole.filter(role__in=names).distinct().values_list("user_id", flat=True)
    return await User.filter(id__in=ids, disabled_at=None).order_by("id")


def together(roles: list[Held]) -> frozenset[Permission]:
    """What they let somebody do, taken together."""
    return frozenset[Permission]().union(*(role.permissions for role in roles))


def check(session: Session, roles: list[Held], permission: Permission) -> None:
    """Raises Forbidden unless one of the roles lets somebody do it, and their session has proven a second factor."""
    if permission not in together(roles):
        raise Forbidden(NO_PERMISSION)
    if not SECOND_FACTOR.intersection(session.methods):
        raise Forbidden("refusal.permission_needs_second_factor")
