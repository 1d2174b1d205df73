"""Those who look after other people's accounts."""

from dataclasses import dataclass
from typing import Any

from models import ADMIN
from resolvers import roles
from tests.support.factors import App, set_up
from tests.support.postern import Postern

WRITE_ROLE = """mutation ($input: WriteRoleInput!) { writeRole(input: $input) { __typename
  ... on RoleWritten { role { name permissions } } ... on InvalidInput { errors { field code } } } }"""
DELETE_ROLE = """mutation ($input: DeleteRoleInput!) { deleteRole(input: $input) { __typename
  ... on RoleDeleted { name } ... on Problem { message } } }"""

ADA = "ada@example.com"


@dataclass
class Admin:
    """Somebody with roles, in a session that has proven a second factor just now."""

    server: Postern
    login: dict[str, Any]
    app: App

    @property
    def id(self) -> str:
        return str(self.login["user"]["id"])

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        return await self.server.ask(query, variables, self.login["accessToken"])

    async def do(self, query: str, **inputs: Any) -> dict[str, Any]:
        """What a mutation gives back."""
        return await self.server.do(query, self.login["accessToken"], **inputs)

    async def kind(self, query: str, **inputs: Any) -> str:
        """The name of what it gives back."""
        return str((await self.do(query, **inputs))["__typename"])


async def admin(server: Postern, email: str = ADA, *names: str) -> Admin:
    """Somebody with these roles, an administrator without any."""
    login = await server.logged_in(email)
    app = await set_up(server, login)
    for name in names or (ADMIN,):
        await roles.grant_first(email, name)
    return Admin(server, login, app)


async def role(by: Admin, name: str, *permissions: str) -> str:
    """The name of a role that somebody has written."""
    assert await by.kind(WRITE_ROLE, name=name, permissions=list(permissions)) == "RoleWritten"
    return name
