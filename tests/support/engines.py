"""Every query that a test asks of a server in its process is executed by graphql-core, too: both say the same."""

from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import graphql
from graphql import ExecutionResult, OperationType, execute

from schema.serving.documents import Operation

executed = Operation.execute


@dataclass
class Comparison:
    """Takes the place of what executes an operation."""

    asked: int = 0
    differences: list[str] = field(default_factory=list)

    async def execute(self, operation: Operation, context: Any, variables: dict[str, Any] | None) -> ExecutionResult:
        """What it gives; where it has a plan, graphql-core has to give the same after it."""
        ours = executed(operation, context, variables)
        ours = await ours if isawaitable(ours) else ours
        if operation.plan and _can_be_asked_twice(operation):
            schema, document = operation.schema, operation.document
            theirs = execute(schema, document, None, context, variables, operation.name)
            theirs = await theirs if isawaitable(theirs) else theirs
            self.asked += 1
            if repr(ours) != repr(theirs):
                self.differences.append(f"{ours} by a plan, {theirs} by graphql-core")
        return ours


def _can_be_asked_twice(operation: Operation) -> bool:
    """Whether it changes nothing: it is a query, and not the one that leaves an event behind."""
    return operation.kind is OperationType.QUERY and "exportMyData" not in graphql.print_ast(operation.document)
