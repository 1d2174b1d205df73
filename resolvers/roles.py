"""Roles: written and deleted, granted and revoked."""

import re
from datetime import UTC, datetime

from tortoise.expressions import Subquery

import events
from database import transaction
from errors import EmailNotConfirmed, InputErrorCode, NoAccount, NotAllowed, NotFound, Unacceptable
from models import ADMIN, Permission, Role, User, UserRole
from resolvers import authority, permissions
from resolvers.caller import Caller
from resolvers.inputs import Inputs
from resolvers.permissions import EVERYTHING, Held, held
from resolvers.services import Services

MOST_ROLES = 100
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


async def all_of_them() -> list[Held]:
    """The one that has every permission, and those that were written, by their names."""
    return [EVERYTHING, *map(held, await Role.all().order_by("name").limit(MOST_ROLES))]


async def write(caller: Caller, services: Services, name: str, wanted: frozenset[Permission]) -> Held:
    """The role of this name, which allows this and nothing else from now on.

    Raises InvalidInput, NotAllowed, Forbidden, StepUpNeeded.
    """
    with Inputs() as inputs, inputs.field("name"):
        if not NAME.fullmatch(name):
            raise Unacceptable(InputErrorCode.INVALID, "input.role_name")
    user_id, row = caller.signed_in.user.id, Role(name=name, created_at=datetime.now(UTC))
    row.permissions = sorted(wanted)
    async with transaction():
        mine = await authority.require(caller, services, Permission.MANAGE_ROLES)
        known = await _held_still()
        with Inputs() as inputs, inputs.field("name"):
            if name not in known and len(known) >= MOST_ROLES:
                raise Unacceptable(InputErrorCode.INVALID, "input.too_many_roles", count=MOST_ROLES)
        if not wanted <= mine:
            raise NotAllowed
        await _check(name, known, mine)
        await Role.bulk_create([row], on_conflict=["name"], update_fields=["permissions"])
        await _check_left(caller)
        happened = events.RoleWritten(role=name, permissions=list(row.permissions), by_user_id=user_id)
        await events.record(happened, caller)
    return held(row)


async def delete(caller: Caller, services: Services, name: str) -> None:
    """Takes the role away, and from everybody. Raises NotFound, NotAllowed, Forbidden, StepUpNeeded."""
    async with transaction():
        mine = await authority.require(caller, services, Permission.MANAGE_ROLES)
        known = await _held_still()
        if name not in known and name != ADMIN:
            raise NotFound
        await _check(name, known, mine)
        revoked = await UserRole.filter(role=name).delete()
        await Role.filter(name=name).delete()
        await _check_left(caller)
        happened = events.RoleDeleted(role=name, revoked=revoked, by_user_id=caller.signed_in.user.id)
        await events.record(happened, caller)


async def grant(caller: Caller, services: Services, user_id: str, name: str) -> User:
    """The account, which has the role from now on.

    Raises InvalidInput, NotFound, NotAllowed, Forbidden, StepUpNeeded.
    """
    async with transaction():
        over = await authority.over(caller, services, Permission.MANAGE_ROLES, user_id)
        with Inputs() as inputs, inputs.field("role"):
            role = await find(name)
            if role is None:
                raise Unacceptable(InputErrorCode.INVALID, "input.unknown_role")
            if not role.permissions <= over.permissions:
                raise NotAllowed
        await give(over.user, name, caller)
    return over.user


async def revoke(caller: Caller, services: Services, user_id: str, name: str) -> User:
    """The account, which has the role no more. Raises NotFound, NotAllowed, Forbidden, StepUpNeeded."""
    async with transaction():
        user = (await authority.over(caller, services, Permission.MANAGE_ROLES, user_id)).user
        if await _taken(user, name):
            by = caller.signed_in.user.id
            await events.record(events.RoleRevoked(user_id=user.id, role=name, by_user_id=by), caller)
    return user


async def _held_still() -> dict[str, Held]:
    """The roles that were written, which stay so until the open transaction ends."""
    return {row.name: held(row) for row in await Role.all().order_by("name").select_for_update()}


async def _check(name: str, known: dict[str, Held], mine: frozenset[Permission]) -> None:
    """Raises NotAllowed where the role, or somebody who has it, may do what the caller may not. ADMIN stays."""
    stronger = [role.name for role in (EVERYTHING, *known.values()) if not role.permissions <= mine]
    theirs = UserRole.filter(role__in=stronger).values("user_id")
    if name in (ADMIN, *stronger) or (
        stronger and await UserRole.filter(role=name, user_id__in=Subquery(theirs)).exists()
    ):
        raise NotAllowed


async def _check_left(caller: Caller) -> None:
    """Raises NotAllowed where the caller may not give roles any more: so somebody always may."""
    (roles,) = await permissions.roles_of([caller.signed_in.user.id])
    if Permission.MANAGE_ROLES not in permissions.together(roles):
        raise NotAllowed


async def grant_first(canonical_email: str, name: str) -> bool:
    """Gives an account a role at the machine's own prompt; gives back whether it had not had it.

    Raises NoAccount, EmailNotConfirmed, NotFound where there is no such role.
    """
    async with transaction():
        user = await User.select_for_update().get_or_none(canonical_email=canonical_email)
        if user is None:
            raise NoAccount
        if user.email_confirmed_at is None:
            raise EmailNotConfirmed
        if await find(name) is None:
            raise NotFound
        return await give(user, name)


async def revoke_at_prompt(canonical_email: str, name: str) -> bool:
    """Takes a role from an account at the machine's own prompt; whether it had had it. Raises NoAccount."""
    async with transaction():
        user = await User.select_for_update().get_or_none(canonical_email=canonical_email)
        if user is None:
            raise NoAccount
        revoked = await _taken(user, name)
        if revoked:
            await events.record(events.RoleRevoked(user_id=user.id, role=name))
    return revoked


async def _taken(user: User, name: str) -> bool:
    """Whether an account had had the role, which it has no more."""
    return bool(NAME.fullmatch(name) and await UserRole.filter(user=user, role=name).delete())


async def find(name: str) -> Held | None:
    """The role of this name, which is not deleted until the open transaction ends."""
    if name == ADMIN:
        return EVERYTHING
    if not NAME.fullmatch(name):
        return None  # nor could every database be asked for it
    row = await Role.select_for_update().get_or_none(name=name)
    return held(row) if row else None


async def give(user: User, name: str, by: Caller | None = None) -> bool:
    """Whether an account that is held still had not had the role, which it has now."""
    if await UserRole.filter(user=user, role=name).exists():
        return False
    giver = by and by.signed_in.user.id
    await UserRole.create(user=user, role=name, granted_by=giver, granted_at=datetime.now(UTC))
    await events.record(events.RoleGranted(user_id=user.id, role=name, by_user_id=giver), by)
    return True
