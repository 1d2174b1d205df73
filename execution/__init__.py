"""GraphQL operations compiled to Python: what graphql-core's `execute` means, for a part of its time.

A plan is compiled once for an operation and executed any number of times. What it does not know it leaves to
graphql-core, and counts by reason in `left_to_graphql_core`.
"""

from collections.abc import Awaitable
from typing import Any

import graphql
from graphql import DocumentNode, ExecutionResult, GraphQLSchema

from execution.fields import Attribute
from execution.plans import Plan, left_to_graphql_core
from execution.state import Resolver

__all__ = ["Attribute", "Plan", "execute", "left_to_graphql_core"]


def execute(  # noqa: PLR0917 - as graphql-core's
    schema: GraphQLSchema,
    document: DocumentNode,
    root_value: Any = None,
    context_value: Any = None,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
    field_resolver: Resolver | None = None,
    type_resolver: Resolver | None = None,
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """What graphql-core's `execute` gives: the result, or what to await for it."""
    plan = Plan.of(schema, document, operation_name, field_resolver, type_resolver)
    if plan:
        return plan.execute(root_value, context_value, variable_values)
    values = (root_value, context_value, variable_values, operation_name)
    return graphql.execute(schema, document, *values, field_resolver, type_resolver)
