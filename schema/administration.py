"""What those who look after accounts do to other people's."""

from typing import Annotated

import strawberry

from models import Permission
from resolvers import administration, lost_factors, roles
from schema.accounts import Account
from schema.context import Info
from schema.permissions import may
from schema.problems import InvalidInput, NotAllowed, NotFound, StepUpNeeded, result
from schema.roles import NOT_MORE

WHOSE = "From `accounts { nodes { id } }`."


@strawberry.input(description="Whose account.")
class UserIdInput:
    user_id: strawberry.ID = strawberry.field(description=WHOSE)


@strawberry.input(description="Whose account, and why.")
class DisableUserInput:
    user_id: strawberry.ID = strawberry.field(description=WHOSE)
    reason: str = strawberry.field(description="For those who look after accounts; the owner does not see it.")
    tell_owner: bool = strawberry.field(default=True, description="Whether the owner gets an email.")


@strawberry.type(description="The account is as it is asked to be.")
class AccountChanged:
    account: Account = strawberry.field(description="The account as it is now.")


@strawberry.type(description="An email with a link is on its way to the owner; nobody else gets to see the link.")
class PasswordResetRequested:
    letter_id: strawberry.ID = strawberry.field(description="Which email it is.")


@strawberry.input(description="Who, and which role.")
class RoleGrantInput:
    user_id: strawberry.ID = strawberry.field(description=WHOSE)
    role: str = strawberry.field(description=f"A role's name. {NOT_MORE}")


ChangeAccountResult = Annotated[
    AccountChanged | NotFound | NotAllowed | InvalidInput | StepUpNeeded,
    result("ChangeAccountResult"),
]
SendPasswordResetResult = Annotated[
    PasswordResetRequested | NotFound | NotAllowed | StepUpNeeded,
    result("SendPasswordResetResult"),
]


@strawberry.type
class AdministrationMutations:
    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_USERS)],
        description="Closes an account to everybody, and all its sessions. Needs MANAGE_USERS and a step up.",
    )
    async def disable_user(self, info: Info, input: DisableUserInput) -> ChangeAccountResult:
        caller, services = info.context.caller, info.context.services
        changed = await administration.disable(
            caller, services, input.user_id, input.reason, tell_owner=input.tell_owner
        )
        return AccountChanged(account=Account.of(changed))

    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_USERS)],
        description="Opens it again. Needs MANAGE_USERS and a step up.",
    )
    async def enable_user(self, info: Info, input: UserIdInput) -> ChangeAccountResult:
        changed = await administration.enable(info.context.caller, info.context.services, input.user_id)
        return AccountChanged(account=Account.of(changed))

    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_USERS)],
        description="Takes it that the owner reads mail there; the account stays without a password until its owner "
        "chooses one. Needs MANAGE_USERS and a step up.",
    )
    async def confirm_user(self, info: Info, input: UserIdInput) -> ChangeAccountResult:
        changed = await administration.confirm(info.context.caller, info.context.services, input.user_id)
        return AccountChanged(account=Account.of(changed))

    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_USERS)],
        description="Sends the owner a link to a new password. Needs MANAGE_USERS and a step up.",
    )
    async def send_password_reset(self, info: Info, input: UserIdInput) -> SendPasswordResetResult:
        sent = await administration.send_reset(info.context.caller, info.context.services, input.user_id)
        return PasswordResetRequested(letter_id=strawberry.ID(str(sent)))

    @strawberry.mutation(
        permission_classes=[may(Permission.CLOSE_SESSIONS)],
        description="Closes every session of somebody. Needs CLOSE_SESSIONS and a step up.",
    )
    async def close_user_sessions(self, info: Info, input: UserIdInput) -> ChangeAccountResult:
        changed = await administration.close_sessions(info.context.caller, info.context.services, input.user_id)
        return AccountChanged(account=Account.of(changed))

    @strawberry.mutation(
        permission_classes=[may(Permission.RESET_SECOND_FACTORS)],
        description="Takes every second factor and passkey away from somebody who has lost them, closes every session, "
        "and sends a link to a new password. NotFound also where there is nothing to take away. Needs "
        "RESET_SECOND_FACTORS and a step up.",
    )
    async def reset_second_factors(self, info: Info, input: UserIdInput) -> ChangeAccountResult:
        changed = await lost_factors.reset(info.context.caller, info.context.services, input.user_id)
        return AccountChanged(account=Account.of(changed))

    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_ROLES)],
        description="Gives somebody a role. Needs MANAGE_ROLES and a step up.",
    )
    async def grant_role(self, info: Info, input: RoleGrantInput) -> ChangeAccountResult:
        changed = await roles.grant(info.context.caller, info.context.services, input.user_id, input.role)
        return AccountChanged(account=Account.of(changed))

    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_ROLES)],
        description="Takes a role away from somebody. Needs MANAGE_ROLES and a step up.",
    )
    async def revoke_role(self, info: Info, input: RoleGrantInput) -> ChangeAccountResult:
        changed = await roles.revoke(info.context.caller, info.context.services, input.user_id, input.role)
        return AccountChanged(account=Account.of(changed))
