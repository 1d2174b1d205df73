"""Roles: what they allow, and what there are."""

from enum import Enum
from typing import Annotated, Self

import strawberry

import models
from resolvers import roles
from resolvers.permissions import Held
from schema.context import Info
from schema.permissions import may
from schema.problems import InvalidInput, NotAllowed, NotFound, StepUpNeeded, result

NOT_MORE = "You cannot give what you may not do yourself."


@strawberry.enum(
    description="What a role may let somebody do to other people's accounts. Each field that needs one names it; all "
    "of them need a session that has proven a second factor."
)
class Permission(Enum):
    READ_USERS = strawberry.enum_value(models.Permission.READ_USERS, description="Search and see accounts.")
    MANAGE_USERS = strawberry.enum_value(
        models.Permission.MANAGE_USERS, description="Disable, enable, confirm, and send a link to a new password."
    )
    CLOSE_SESSIONS = strawberry.enum_value(
        models.Permission.CLOSE_SESSIONS, description="Close other people's sessions."
    )
    RESET_SECOND_FACTORS = strawberry.enum_value(
        models.Permission.RESET_SECOND_FACTORS, description="Take second factors away from who has lost them."
    )
    MANAGE_ROLES = strawberry.enum_value(models.Permission.MANAGE_ROLES, description="Give and take roles.")
    MANAGE_LETTERS = strawberry.enum_value(models.Permission.MANAGE_LETTERS, description="See and retry emails.")
    READ_AUDIT_LOG = strawberry.enum_value(models.Permission.READ_AUDIT_LOG, description="Read the audit log.")
    MANAGE_WEBHOOKS = strawberry.enum_value(models.Permission.MANAGE_WEBHOOKS, description="Set up webhooks.")


@strawberry.type(
    description="A name for what somebody may do. Names go into access tokens (`roles`), so other servers may have "
    "some of their own, without permissions here."
)
class Role:
    name: str = strawberry.field(description="Lower case, digits and hyphens.")
    permissions: list[Permission] = strawberry.field(description="What it may do here. `admin` has all, for good.")

    @classmethod
    def of(cls, role: Held) -> Self:
        """The same in GraphQL."""
        return cls(
            name=role.name, permissions=[Permission[one.name] for one in models.Permission if one in role.permissions]
        )


@strawberry.input(description="A role to be written.")
class WriteRoleInput:
    name: str = strawberry.field(description="Lower case, digits and hyphens; one that exists is changed.")
    permissions: list[Permission] = strawberry.field(description=f"What it may do here. {NOT_MORE}")


@strawberry.type(description="The role is written.")
class RoleWritten:
    role: Role = strawberry.field(description="As it is now.")


@strawberry.input(description="Which role to take away from everybody.")
class DeleteRoleInput:
    name: str = strawberry.field(description="Its name; `admin` stays.")


@strawberry.type(description="Nobody has it any more.")
class RoleDeleted:
    name: str = strawberry.field(description="What its name was.")


WriteRoleResult = Annotated[
    RoleWritten | InvalidInput | NotAllowed | StepUpNeeded,
    result("WriteRoleResult"),
]
DeleteRoleResult = Annotated[
    RoleDeleted | NotFound | NotAllowed | StepUpNeeded,
    result("DeleteRoleResult"),
]


@strawberry.type
class RoleQueries:
    @strawberry.field(
        permission_classes=[may(models.Permission.READ_USERS)],
        description="What roles there are. Needs READ_USERS.",
    )
    async def roles(self) -> list[Role]:
        return list(map(Role.of, await roles.all_of_them()))


@strawberry.type
class RoleMutations:
    @strawberry.mutation(
        permission_classes=[may(models.Permission.MANAGE_ROLES)],
        description="Makes or changes a role. Needs MANAGE_ROLES and a step up.",
    )
    async def write_role(self, info: Info, input: WriteRoleInput) -> WriteRoleResult:
        wanted = frozenset(models.Permission[one.name] for one in input.permissions)
        written = await roles.write(info.context.caller, info.context.services, input.name, wanted)
        return RoleWritten(role=Role.of(written))

    @strawberry.mutation(
        permission_classes=[may(models.Permission.MANAGE_ROLES)],
        description="Takes a role away from everybody. Needs MANAGE_ROLES and a step up.",
    )
    async def delete_role(self, info: Info, input: DeleteRoleInput) -> DeleteRoleResult:
        await roles.delete(info.context.caller, info.context.services, input.name)
        return RoleDeleted(name=input.name)
