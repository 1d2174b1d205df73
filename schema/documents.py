"""What is known of a document: that it keeps to the limits, its parse, its mistakes, and a plan for its operation.

All of it is found out once and then remembered, so that a known document costs nothing more than its execution.
"""

from collections.abc import AsyncIterator, Iterator
from functools import lru_cache, partial
from inspect import isawaitable

import graphql
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from execution import Plan
from schema.limits import MAX_MISTAKES, Limits, measured

REMEMBERED = 128  # documents, as in Strawberry's own caches
NAMELESS = "Must provide operation name if query contains multiple operations."

_parsed = lru_cache(REMEMBERED)(measured)
_validated = lru_cache(REMEMBERED)(partial(graphql.validate, max_errors=MAX_MISTAKES - 1))
_planned = lru_cache(REMEMBERED)(Plan.of)


class Known(SchemaExtension):
    """Takes the place of Strawberry's ParserCache and ValidationCache, and of graphql-core's `execute`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        context.graphql_document = _parsed(context.query or "", self._limits)
        # Strawberry would run the first (GraphQL §6.1 wants an error).
        if context._provided_operation_name is None and _operations(context.graphql_document) > 1:  # noqa: SLF001
            raise GraphQLError(NAMELESS, extensions={"code": "BAD_USER_INPUT"})
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        rules = (*context.validation_rules, MaybeNullValidationRule, OneOfInputValidationRule)
        schema = context.schema._schema  # noqa: SLF001 - where Strawberry keeps graphql-core's
        context.pre_execution_errors = _validated(schema, context.graphql_document, rules)
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        context = self.execution_context
        assert context.graphql_document  # noqa: S101 - it has been parsed
        schema = context.schema._schema  # noqa: SLF001
        if plan := _planned(schema, context.graphql_document, context.operation_name):
            result = plan.execute(context.root_value, context.context, context.variables)
            context.result = await result if isawaitable(result) else result
        yield


def _operations(document: graphql.DocumentNode) -> int:
    return sum(isinstance(node, graphql.OperationDefinitionNode) for node in document.definitions)
