"""One execution of a plan: what came with it, where it is, and what went wrong so far."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    located_error,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel, is_awaitable
from graphql.type import GraphQLResolveInfoHelpers

from execution.awaiting import Background

# As graphql-core's Path, and equal to it, for a fifth of the time: the place above, a name or an index, a type's name.
Place: TypeAlias = tuple[Any, str | int, str | None]
Resolver: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """What is the same in each execution of an operation."""

    schema: GraphQLSchema
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    definitions: dict[str, FragmentDefinitionNode]
    field_resolver: Resolver
    type_resolver: Resolver


@dataclass(frozen=True, slots=True)
class Field:
    """One name in the answer, on one type: what its resolver is told of the document."""

    key: str
    name: str
    nodes: list[FieldNode]
    return_type: GraphQLOutputType
    parent_type: GraphQLObjectType

    def place(self, parent: Place | None) -> Place:
        """Where it is in the answer."""
        return parent, self.key, self.parent_type.name


class Execution:
    """What came with one execution, and the errors so far."""

    __slots__ = ("_background", "_nulled", "context_value", "errors", "operation", "root_value", "variable_values")

    def __init__(
        self, operation: Operation, root_value: Any, context_value: Any, variable_values: VariableValues
    ) -> None:
        self.operation = operation
        self.root_value = root_value
        self.context_value = context_value
        self.variable_values = variable_values
        self.errors: list[GraphQLError] = []
        self._background: Background | None = None
        self._nulled: set[Place | None] = set()

    @property
    def background(self) -> Background:
        """What nobody waits for."""
        if self._background is None:
            self._background = Background()
        return self._background

    def failed(self, error: Exception, nodes: Sequence[FieldNode], place: Place, *, nullable: bool) -> None:
        """Remember the error: what is at this place is null. Raises it, located, where nothing may be null."""
        located = located_error(error, nodes, path_of(place).as_list())
        if not nullable:
            raise located
        self.add(located, place)

    def add(self, error: GraphQLError, place: Place | None) -> None:
        """Remember the error, unless what is around the place is null already."""
        above = place
        while above is not None and above not in self._nulled:
            above = above[0]
        if above is None and None not in self._nulled:
            self._nulled.add(place)
            self.errors.append(error)

    def result(self, data: dict[str, Any] | None) -> ExecutionResult:
        """The answer."""
        return ExecutionResult(data, self.errors or None)


def path_of(place: Place) -> Path:
    """The place as graphql-core has it."""
    above, key, typename = place
    return Path(path_of(above) if above else None, key, typename)


class Info:
    """What a resolver is told, as graphql-core's GraphQLResolveInfo, found out when it is asked for."""

    __slots__ = ("_field", "_parent", "_run")

    def __init__(self, field: Field, run: Execution, parent: Place | None) -> None:
        self._field = field
        self._run = run
        self._parent = parent

    field_name = property(attrgetter("_field.name"))
    field_nodes = property(lambda self: [*self._field.nodes])
    return_type = property(attrgetter("_field.return_type"))
    parent_type = property(attrgetter("_field.parent_type"))
    path = property(lambda self: path_of(self._field.place(self._parent)))
    schema = property(attrgetter("_run.operation.schema"))
    fragments = property(attrgetter("_run.operation.definitions"))
    root_value = property(attrgetter("_run.root_value"))
    operation = property(attrgetter("_run.operation.node"))
    variable_values = property(attrgetter("_run.variable_values"))
    context = property(attrgetter("_run.context_value"))
    is_awaitable = staticmethod(is_awaitable)
    abort_signal = None

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """For resolvers that begin work of their own."""
        return GraphQLResolveInfoHelpers(
            gather=lambda values: gather_with_cancel(*values), track=self._run.background.track
        )
