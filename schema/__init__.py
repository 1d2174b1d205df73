"""The GraphQL words, put together."""

from functools import cache, partial
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import DisableIntrospection, ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from schema.context import Info
from schema.documents import Known
from schema.emails import EmailMutations
from schema.limits import Limits
from schema.logins import LoginMutations
from schema.passwords import PasswordMutations
from schema.permissions import SignedIn
from schema.problems import PROBLEMS
from schema.profile import ProfileMutations
from schema.redaction import names_in, redacted
from schema.registration import RegistrationMutations
from schema.sessions import SessionMutations
from schema.stepup import StepUpMutations
from schema.totp import FactorMutations
from schema.types import User


@strawberry.type(description="What may be asked.")
class Query:
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
    SessionMutations,
    StepUpMutations,
    PasswordMutations,
    EmailMutations,
    FactorMutations,
    ProfileMutations,
):
    pass


class Schema(strawberry.Schema):
    """The schema; its errors are logged where they are answered, at the endpoint."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Name nothing unknown. The library's own would log every wrong query as a crash."""
        if execution_context and self.config.disable_field_suggestions:
            # Errors of validation are remembered with the document, whatever variables came with it.
            variables = execution_context.variables if execution_context.result else None
            written = names_in(execution_context.query, variables)
            for error in errors:
                error.message = redacted(error.message, written)

    @staticmethod
    def remove_field_suggestion(error: GraphQLError) -> None:
        """Take hints away, whatever they are at: the library's own does so for fields alone."""
        error.message = error.message.partition(" Did you mean")[0]


@cache
def build(limits: Limits | None = None, *, introspection: bool = True) -> Schema:
    """The schema; without introspection its errors give no hints at names, neither near ones nor missing ones.

    Whoever serves it gives limits; whoever only reads it need not.
    """
    extensions: list[Any] = [partial(Known, limits)] if limits else [ParserCache, ValidationCache]
    return Schema(
        query=Query,
        mutation=Mutation,
        extensions=extensions if introspection else [*extensions, DisableIntrospection],
        exception_handlers=PROBLEMS,
        config=StrawberryConfig(disable_field_suggestions=not introspection),
    )
