"""A plan: one operation of a document, to be executed any number of times."""

from collections import Counter
from collections.abc import Awaitable, Iterable
from typing import Any, Self

from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    VariableNode,
    Visitor,
    assert_valid_schema,
    default_field_resolver,
    default_type_resolver,
    get_variable_values,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues
from graphql.language import FragmentDefinitionNode, OperationDefinitionNode, OperationType

from execution.awaiting import awaits
from execution.objects import Select
from execution.selections import root
from execution.state import Execution, Operation, Resolver

VARIANTS = 8  # of one operation, by what its `@skip` and `@include` are given; the oldest is forgotten
MAX_COERCION_ERRORS = 50  # as in graphql-core
NESTED_TOO_DEEPLY = "Selections are nested too deeply. Execution aborted."  # as graphql-core says it
CONDITIONS = ("skip", "include")
INCREMENTAL = ("defer", "stream")
UNKNOWN = {*INCREMENTAL, "experimental_disableErrorPropagation"}
INTROSPECTION = {"__schema", "__type"}  # tools ask it once, and it is large

left_to_graphql_core: Counter[str] = Counter()


class Plan:
    """One operation, compiled for a schema as it comes to be executed."""

    def __init__(self, operation: Operation, conditions: frozenset[str]) -> None:
        self._operation = operation
        self._conditions = conditions  # the variables that fields and fragments depend on
        self._variants: dict[tuple[Any, ...], Select] = {}

    @classmethod
    def of(
        cls,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation_name: str | None = None,
        field_resolver: Resolver | None = None,
        type_resolver: Resolver | None = None,
    ) -> Self | None:
        """The plan of an operation; None, and counted, where it is left to graphql-core."""
        assert_valid_schema(schema)
        node = _named(document, operation_name)
        fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        names = _Names()
        visit(document, names)
        if reason := _unknown(schema, node, fragments.values(), names):
            left_to_graphql_core[reason] += 1
            return None
        assert node  # noqa: S101 - or else there was a reason
        details = {name: FragmentDetails(fragment) for name, fragment in fragments.items()}
        resolvers = field_resolver or default_field_resolver, type_resolver or default_type_resolver
        return cls(Operation(schema, node, details, fragments, *resolvers), frozenset(names.conditions))

    def execute(
        self, root_value: Any = None, context_value: Any = None, variable_values: dict[str, Any] | None = None
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """What graphql-core's `execute` gives: the result, or what to await for it."""
        operation = self._operation
        definitions = operation.node.variable_definitions or ()
        given = variable_values or {}
        variables = (
            get_variable_values(operation.schema, definitions, given, MAX_COERCION_ERRORS)
            if definitions
            else VariableValues({}, {})
        )
        if isinstance(variables, list):
            return ExecutionResult(None, variables)
        run = Execution(operation, root_value, context_value, variables)
        try:
            data = self._select(variables)(run, root_value, None)
        except GraphQLError as error:
            run.add(error, None)
            return run.result(None)
        return _awaited(run, data) if awaits(data) else run.result(data)

    def _select(self, variables: VariableValues) -> Select:
        """What the operation selects with these variables."""
        given = {name: variables.coerced[name] for name in self._conditions if name in variables.coerced}
        if any(type(value) is not bool for value in given.values()):
            return self._compiled(variables)  # which validation lets through only as null
        key = tuple(given.items())
        if key not in self._variants:
            self._variants[key] = self._compiled(VariableValues({}, given))
            if len(self._variants) > VARIANTS:
                del self._variants[next(iter(self._variants))]
        return self._variants[key]

    def _compiled(self, conditions: VariableValues) -> Select:
        operation = self._operation
        type_ = operation.schema.get_root_type(operation.node.operation)
        assert type_  # noqa: S101 - or else it was left to graphql-core
        try:
            return root(operation, conditions, type_)
        except RecursionError:
            nested = GraphQLError(NESTED_TOO_DEEPLY, operation.node)
        raise nested


async def _awaited(run: Execution, data: Awaitable[dict[str, Any]]) -> ExecutionResult:
    try:
        return run.result(await data)
    except GraphQLError as error:
        run.add(error, None)
        return run.result(None)


class _Names(Visitor):
    """What the fields and directives of a document are called, and which variables decide what is selected."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: set[str] = set()
        self.directives: set[str] = set()
        self.conditions: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Remember it."""
        self.fields.add(node.name.value)

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        """Remember it."""
        self.directives.add(node.name.value)
        if node.name.value in CONDITIONS:
            values = [argument.value for argument in node.arguments or ()]
            self.conditions.update(value.name.value for value in values if isinstance(value, VariableNode))


def _named(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        return operations[0] if len(operations) == 1 else None
    return next((node for node in reversed(operations) if node.name and node.name.value == name), None)


def _unknown(
    schema: GraphQLSchema,
    node: OperationDefinitionNode | None,
    fragments: Iterable[FragmentDefinitionNode],
    names: _Names,
) -> str | None:
    """Why graphql-core has to execute it, or to say that nobody can."""
    if node is None:
        return "no such operation"
    reasons = {
        "subscription": node.operation is OperationType.SUBSCRIPTION,
        "no such root type": not schema.get_root_type(node.operation),
        "introspection": names.fields & INTROSPECTION,
        "variables of a fragment": any(fragment.variable_definitions for fragment in fragments),
        "directive": names.directives & UNKNOWN or any(map(schema.get_directive, INCREMENTAL)),
    }
    return next((reason for reason, is_there in reasons.items() if is_there), None)
