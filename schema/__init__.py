"""The GraphQL words, put together."""

from functools import cache

import strawberry

from schema.accounts import AccountQueries
from schema.administration import AdministrationMutations
from schema.audit import AuditQueries
from schema.codes import CodeMutations
from schema.context import Info
from schema.emails import EmailMutations
from schema.flattening import flatten
from schema.id_tokens import IdTokenMutations
from schema.identities import IdentityMutations, ProviderQueries
from schema.letters import LetterMutations, LetterQueries
from schema.linking import LinkingMutations
from schema.logins import LoginMutations
from schema.passkey_logins import PasskeyLoginMutations
from schema.passkeys import PasskeyMutations
from schema.passwords import PasswordMutations
from schema.permissions import SignedIn
from schema.problems import PROBLEMS
from schema.profile import ProfileMutations
from schema.registration import RegistrationMutations
from schema.roles import RoleMutations, RoleQueries
from schema.sessions import SessionMutations
from schema.stepup import StepUpMutations
from schema.totp import FactorMutations
from schema.types import User
from schema.webhook_deliveries import WebhookDeliveryMutations
from schema.webhooks import WebhookMutations, WebhookQueries


@strawberry.type(description="What may be asked.")
class Query(ProviderQueries, AccountQueries, RoleQueries, LetterQueries, AuditQueries, WebhookQueries):
    @strawberry.field(
        permission_classes=[SignedIn],
        description="Who the access token in the request belongs to. Needs a signed-in user.",
    )
    async def me(self, info: Info) -> User | None:
        return User.of(info.context.caller.signed_in.user)


@strawberry.type(
    description="What may be done: one field in an operation, whichever it is. "
    "Each can be sent on its own, and nobody tries a hundred passwords in one request."
)
class Mutation(
    RegistrationMutations,
    LoginMutations,
    CodeMutations,
    PasskeyLoginMutations,
    SessionMutations,
    StepUpMutations,
    PasswordMutations,
    EmailMutations,
    FactorMutations,
    PasskeyMutations,
    IdentityMutations,
    LinkingMutations,
    IdTokenMutations,
    ProfileMutations,
    AdministrationMutations,
    RoleMutations,
    LetterMutations,
    WebhookMutations,
    WebhookDeliveryMutations,
):
    pass


@cache
def build() -> strawberry.Schema:
    """The schema. `schema.serving` executes it, without Strawberry's own execution and its extensions."""
    return flatten(strawberry.Schema(query=Query, mutation=Mutation, exception_handlers=PROBLEMS))
