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


CHANGED = "... on AccountChanged { account { id email emailConfirmed disabledAt disabledReason hasPassword } }"
CHANGE = """mutation ($input: {input}!) {{ {field}(input: $input) {{ __typename {changed}
  ... on InvalidInput {{ errors {{ field code }} }} }} }}"""
DISABLE = CHANGE.format(input="DisableUserInput", field="disableUser", changed=CHANGED)
ENABLE, CONFIRM_USER, CLOSE_SESSIONS, RESET_FACTORS = (
    CHANGE.format(input="UserIdInput", field=field, changed=CHANGED)
    for field in ("enableUser", "confirmUser", "closeUserSessions", "resetSecondFactors")
)
GRANT, REVOKE = (
    CHANGE.format(input="RoleGrantInput", field=field, changed=CHANGED) for field in ("grantRole", "revokeRole")
)
SEND_RESET = """mutation ($input: UserIdInput!) { sendPasswordReset(input: $input) { __typename
  ... on PasswordResetRequested { letterId } } }"""
ACCOUNTS = """query ($filter: AccountFilter, $first: Int! = 50, $after: String) {
  accounts(filter: $filter, first: $first, after: $after) {
    nodes { email } edges { cursor node { email } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
ALL = """id email emailConfirmed name locale createdAt lastLoginAt disabledAt disabledReason roles { name } hasPassword
  secondFactors { required totpSince recoveryCodesLeft rememberedDevices } passkeyCount identities { provider }
  sessions { id current }"""
ACCOUNT = f"query ($id: ID!) {{ account(id: $id) {{ {ALL} }} }}"
WHOLE_ACCOUNTS = f"query ($first: Int!) {{ accounts(first: $first) {{ nodes {{ {ALL} }} }} }}"
BY_ID: dict[str, dict[str, Any]] = {  # what is done to an account, and with what else
    ENABLE: {},
    CONFIRM_USER: {},
    CLOSE_SESSIONS: {},
    RESET_FACTORS: {},
    SEND_RESET: {},
    DISABLE: {"reason": "Ticket 17"},
    GRANT: {"role": "other"},
    REVOKE: {"role": "other"},
}

EVENTS = """query ($filter: AuditFilter, $first: Int! = 50, $after: String) {
  auditEvents(filter: $filter, first: $first, after: $after) {
    nodes { id at event actorId subjectId sessionId ipAddress userAgent requestId details }
    pageInfo { hasNextPage endCursor } } }"""
MY_EVENTS = """query ($first: Int! = 50, $after: String) { me { events(first: $first, after: $after) {
    nodes { event actorId ipAddress userAgent details } pageInfo { hasNextPage endCursor } } } }"""
LETTERS = """query ($state: LetterState, $kind: String, $userId: ID, $first: Int! = 50, $after: String) {
  letters(state: $state, kind: $kind, userId: $userId, first: $first, after: $after) {
    nodes { id kind userId state createdAt dueAt attempts lastError } pageInfo { hasNextPage endCursor } } }"""
RETRY_LETTER = """mutation ($input: RetryLetterInput!) { retryLetter(input: $input) { __typename
  ... on LetterRetried { letter { id state dueAt } } } }"""
