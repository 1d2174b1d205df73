"""Every query that a test asks of a server in its process is executed by graphql-core, too: both say the same."""

from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import graphql
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, OperationType

from execution import Plan
from schema import documents

planned = documents._planned


@dataclass
class Comparison:
    """Takes the place of what finds the plan of an operation."""

    asked: int = 0
    differences: list[str] = field(default_factory=list)

    def __call__(self, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> "Compared | None":
        plan = planned(schema, document, name)
        return Compared(self, plan, schema, document, name) if plan else None


@dataclass
class Compared:
    """A plan, and graphql-core after it."""

    comparison: Comparison
    plan: Plan
    schema: GraphQLSchema
    document: DocumentNode
    name: str | None

    def _can_be_asked_twice(self) -> bool:
        """Whether it changes nothing: it is a query, and not the one that leaves an event behind."""
        operation = graphql.get_operation_ast(self.document, self.name)
        is_query = operation is not None and operation.operation is OperationType.QUERY
        return is_query and "exportMyData" not in graphql.print_ast(self.document)

    async def execute(self, root: Any, context: Any, variables: dict[str, Any] | None) -> ExecutionResult:
        ours = self.plan.execute(root, context, variables)
        ours = await ours if isawaitable(ours) else ours
        if self._can_be_asked_twice():
            theirs = graphql.execute(self.schema, self.document, root, context, variables, self.name)
            theirs = await theirs if isawaitable(theirs) else theirs
            self.comparison.asked += 1
            if repr(ours) != repr(theirs):
                self.comparison.differences.append(f"{ours} by a plan, {theirs} by graphql-core")
        return ours
