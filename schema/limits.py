"""Limits on an operation, checked before anything of it is validated or executed."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import graphql
from graphql import GraphQLError, TokenKind

from settings import GraphQLSettings

# Validation compares every two fields of one name in one place: 1,000 tokens full of them would take 0.3 s.
MAX_REPEATS = 50
MAX_DIGITS = 100  # of one number: Python refuses to read those of thousands
MAX_MISTAKES = 10  # told of one operation: nobody reads more, and each can print all of a large argument
# The query by which tools read the schema is 19 levels deep; MaxIntrospectionDepthRule keeps it from going in circles.
INTROSPECTION_LEVELS = 15
NESTING = {TokenKind.BRACE_L: 1, TokenKind.BRACKET_L: 1, TokenKind.BRACE_R: -1, TokenKind.BRACKET_R: -1}
NUMBERS = (TokenKind.INT, TokenKind.FLOAT)
WORDS = {"depth": "levels", "digits": "digits of a number", "repeats": "repeated fields", "mutations": "mutation"}
INTROSPECTION = ("__schema", "__type")

Directed = graphql.ExecutableDefinitionNode | graphql.VariableDefinitionNode | graphql.SelectionNode
Names = dict[str, Any]  # the answer's shape: each name, and those below it


@dataclass(frozen=True)
class Limits:
    """What one operation may hold. The settings' numbers are those of graphql-armor."""

    characters: int
    tokens: int
    depth: int
    aliases: int
    directives: int
    repeats: int = MAX_REPEATS
    mutations: int = 1
    digits: int = MAX_DIGITS

    @classmethod
    def of(cls, settings: GraphQLSettings) -> "Limits":
        """Those of a server."""
        return cls(
            characters=settings.max_characters,
            tokens=settings.max_tokens,
            depth=settings.max_depth,
            aliases=settings.max_aliases,
            directives=settings.max_directives,
        )

    def check(self, limit: str, used: int, node: graphql.Node | None = None) -> None:
        """Raise OPERATION_LIMIT_EXCEEDED where more is used than the limit allows."""
        maximum: int = getattr(self, limit)
        if used > maximum:
            message = (
                f"At most {maximum} {WORDS.get(limit, limit)} in one operation{', fragments expanded' * bool(node)}."
            )
            raise GraphQLError(
                message, node, extensions={"code": "OPERATION_LIMIT_EXCEEDED", "limit": limit, "maximum": maximum}
            )


def measured(query: str, limits: Limits) -> graphql.DocumentNode:
    """The document that is written there. Raises GraphQLError where it is none, or larger than the limits allow."""
    limits.check("characters", len(query))
    _check_tokens(query, limits)
    document = graphql.parse(query)
    measuring = _Measuring(
        limits, [node for node in document.definitions if isinstance(node, graphql.FragmentDefinitionNode)]
    )
    for node in document.definitions:
        if isinstance(node, graphql.OperationDefinitionNode):
            measuring.start(node)
    measuring.rest()
    return document


def _check_tokens(query: str, limits: Limits) -> None:
    """Read the words alone: the parser would go as deep as the document, and call either a syntax error."""
    lexer, tokens, nested = graphql.Lexer(graphql.Source(query)), 0, 0
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        tokens += 1
        nested += NESTING.get(token.kind, 0)
        if token.kind in NUMBERS:
            limits.check("digits", len(token.value or ""))
        limits.check("tokens", tokens)
        limits.check("depth", nested - INTROSPECTION_LEVELS)


class _Measuring:
    """What an operation uses, its fragments expanded at each use; ends at the first limit that is exceeded."""

    def __init__(self, limits: Limits, fragments: list[graphql.FragmentDefinitionNode]) -> None:
        self._limits = limits
        self._fragments = {fragment.name.value: fragment for fragment in fragments}
        self._unused = {id(fragment): fragment for fragment in fragments}
        self._selected = 0  # in the whole document: many small operations can share one large fragment

    def start(self, definition: graphql.ExecutableDefinitionNode) -> None:
        """Measure one operation."""
        self._used = Counter[str]()
        self._answer: Names = {}
        self._mutation = getattr(definition, "operation", None) is graphql.OperationType.MUTATION
        self._directives(definition, *(definition.variable_definitions or ()))
        self._selections(definition.selection_set, self._limits.depth, self._answer, ())

    def rest(self) -> None:
        """Measure the fragments that no operation uses: validation will refuse them, but reads them first."""
        while self._unused:
            self.start(self._unused.popitem()[1])

    def _selections(
        self, selected: graphql.SelectionSetNode, levels: int, names: Names, inside: tuple[str, ...]
    ) -> None:
        if levels == 0:
            self._use("depth", selected, self._limits.depth + 1)
        for node in selected.selections:
            self._selected += 1  # each is a token at the least
            self._limits.check("tokens", self._selected, node)
            self._directives(node)
            if isinstance(node, graphql.FieldNode):
                self._field(node, levels, names, inside)
            elif isinstance(node, graphql.InlineFragmentNode):
                self._selections(node.selection_set, levels - 1, names, inside)
            elif isinstance(node, graphql.FragmentSpreadNode):
                self._spread(node.name.value, levels, names, inside)

    def _field(self, node: graphql.FieldNode, levels: int, names: Names, inside: tuple[str, ...]) -> None:
        name = (node.alias or node.name).value
        if name in names:
            self._use("repeats", node)
        elif names is self._answer and self._mutation and node.name.value != "__typename":
            self._use("mutations", node)
        if node.alias:
            self._use("aliases", node)
        below = names.setdefault(name, {})
        if node.selection_set:
            more = INTROSPECTION_LEVELS if names is self._answer and node.name.value in INTROSPECTION else 0
            self._selections(node.selection_set, levels - 1 + more, below, inside)

    def _spread(self, name: str, levels: int, names: Names, inside: tuple[str, ...]) -> None:
        fragment = self._fragments.get(name)
        if fragment and name not in inside:  # a circle is for validation to tell
            self._unused.pop(id(fragment), None)
            self._directives(fragment)
            self._selections(fragment.selection_set, levels - 1, names, (*inside, name))

    def _directives(self, *nodes: Directed) -> None:
        for node in nodes:
            self._use("directives", node, len(node.directives or ()))

    def _use(self, limit: str, node: graphql.Node, count: int = 1) -> None:
        self._used[limit] += count
        self._limits.check(limit, self._used[limit], node)
