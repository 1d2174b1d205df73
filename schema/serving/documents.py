"""What is known of a document: that it keeps to the limits, its parse, its mistakes, and a plan for each operation.

All of it is found out once and then remembered, so that a known operation costs nothing more than its execution.
"""

from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from inspect import isawaitable
from typing import Any

import graphql
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationType,
    SelectionSetNode,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

import metrics
from execution import Plan
from schema import build
from schema.limits import MAX_MISTAKES, Limits, measured

REMEMBERED = 128  # documents, and operations of them, as in Strawberry's own caches
NAMELESS = "Must provide operation name if query contains multiple operations."
RULES = (*graphql.specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


class NoSuchOperation(Exception):  # noqa: N818 - a fact, as every refusal
    """The document has no operation of that name, or none at all."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document. It can be executed where it has no mistakes; `fields` are those of the root."""

    schema: GraphQLSchema
    document: DocumentNode
    name: str | None
    kind: OperationType
    mistakes: list[GraphQLError]
    plan: Plan | None
    fields: frozenset[str]

    def execute(self, context: Any, variables: dict[str, Any] | None) -> ExecutionResult | Awaitable[ExecutionResult]:
        """What it gives, perhaps to be awaited: by its plan, or by graphql-core where it has none."""
        if self.plan:
            return self.plan.execute(None, context, variables)
        return graphql.execute(self.schema, self.document, None, context, variables, self.name)


class Documents:
    """The documents that were asked for last."""

    def __init__(self, limits: Limits, *, introspection: bool) -> None:
        self._schema = build()._schema  # noqa: SLF001 - where Strawberry keeps graphql-core's
        self._limits = limits
        self._rules = RULES if introspection else (*RULES, graphql.NoSchemaIntrospectionCustomRule)
        self._document = lru_cache(REMEMBERED)(self._read)
        self.operation = lru_cache(REMEMBERED)(self._prepared)

    def _prepared(self, query: str, name: str | None) -> Operation:
        """The operation of that name, or the only one. Raises GraphQLError, NoSuchOperation."""
        document, mistakes = self._document(query)
        operations = [node for node in document.definitions if isinstance(node, graphql.OperationDefinitionNode)]
        if name is None and len(operations) > 1:
            raise GraphQLError(NAMELESS, extensions={"code": "BAD_USER_INPUT"})
        named = [node for node in operations if name is None or (node.name and node.name.value == name)]
        if not named:
            raise NoSuchOperation
        if mistakes:
            return Operation(self._schema, document, name, named[0].operation, mistakes, None, frozenset())
        plan = Plan.of(self._schema, document, name)
        metrics.prepared.add("plan" if plan else "graphql-core")
        fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        fields = frozenset(_root_fields(named[0].selection_set, fragments))
        return Operation(self._schema, document, name, named[0].operation, [], plan, fields)

    def _read(self, query: str) -> tuple[DocumentNode, list[GraphQLError]]:
        document = measured(query, self._limits)
        return document, graphql.validate(self._schema, document, self._rules, max_errors=MAX_MISTAKES - 1)


def _root_fields(selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[str]:
    """The names of the fields that a valid operation selects, whatever they are called in its answer."""
    for selection in selected.selections:
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, InlineFragmentNode):
            yield from _root_fields(selection.selection_set, fragments)
        elif isinstance(selection, FragmentSpreadNode):
            yield from _root_fields(fragments[selection.name.value].selection_set, fragments)


documents = cache(Documents)  # for all servers of a process that have the same limits


async def executed(operation: Operation, context: Any, variables: dict[str, Any] | None) -> ExecutionResult:
    """What the operation gives. What breaks on the way is an error of the answer, too."""
    try:
        result = operation.execute(context, variables)
        return await result if isawaitable(result) else result
    except Exception as error:  # noqa: BLE001 - it is told, by an id
        return ExecutionResult(None, [GraphQLError(str(error), original_error=error)])
