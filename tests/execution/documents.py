"""Valid documents for a schema, and variables that are right, or wrong, for them."""

from itertools import count
from random import Random
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from graphql.utilities import do_types_overlap

DEPTH = 4
LITERALS = {
    "Int": ("1", "-2"),
    "Float": ("1.5", "2"),
    "String": ('"a"', '""'),
    "Boolean": ("true", "false"),
    "ID": ('"x"', "4"),
    "Odd": ("3", "7"),
    "Colour": ("RED", "BLUE"),
}
VALUES: dict[str, tuple[Any, ...]] = {
    "Int": (1, 0, -5),
    "Float": (1.5, 2),
    "String": ("b", ""),
    "Boolean": (True, False),
    "ID": ("y", 5),
    "Odd": (3, 9),
    "Colour": ("RED", "GREEN"),
}
WRONG: tuple[Any, ...] = (None, "PURPLE", 3.5, [], {"unknown": 1}, [None], 2**40, True)


class Writer:
    """Writes one document."""

    def __init__(self, schema: GraphQLSchema, random: Random) -> None:
        self.schema = schema
        self.random = random
        self.variables: dict[str, tuple[str, GraphQLInputType]] = {}
        self._fragments: list[str] = []
        self._closed: list[tuple[str, Any]] = []
        self._numbers = count()
        self._keys: dict[str, list[str]] = {}
        self._composite = [
            type_ for type_ in schema.type_map.values() if is_composite_type(type_) and type_.name[:2] != "__"
        ]

    def document(self) -> str:
        """A query or a mutation, and its fragments."""
        kind = self.random.choice(("query", "query", "mutation"))
        type_ = self.schema.query_type if kind == "query" else self.schema.mutation_type
        selected = self._selections(type_, DEPTH)
        variables = " ".join(definition for definition, _ in self.variables.values())
        declared = f"({variables})" if variables else ""
        return "\n".join([f"{kind} Asked{declared} {selected}", *self._fragments, "query Other { __typename }"])

    def given(self, random: Random) -> dict[str, Any]:
        """Values for the variables; in one of five cases some are missing or wrong."""
        wrong = 0.2 if random.random() < 0.2 else 0
        return {
            name: random.choice(WRONG) if random.random() < wrong else _value(random, type_, 2)
            for name, (_, type_) in self.variables.items()
            if random.random() >= (wrong if is_non_null_type(type_) else 0.3)
        }

    def _selections(self, type_: Any, depth: int) -> str:
        chosen = [self._selection(type_, depth) for _ in range(self.random.choice((1, 2, 3, 4)))]
        return "{ " + " ".join(chosen) + " }"

    def _selection(self, type_: Any, depth: int) -> str:
        kind = self.random.choice(("field",) * 7 + ("inline", "spread", "typename"))
        if kind == "inline" and depth:
            to = self._overlapping(type_)
            on = f" on {to.name}" if to is not type_ or self.random.random() < 0.5 else ""
            return f"...{on}{self._directive()} {self._selections(to, depth - 1)}"
        if kind == "spread" and depth:
            return f"...{self._fragment(type_, depth)}{self._directive()}"
        fields = [
            field
            for field in getattr(type_, "fields", {}).items()
            if depth or is_leaf_type(get_named_type(field[1].type))
        ]
        if kind == "typename" or not fields:
            return f"__typename{self._directive()}"
        name, field = self.random.choice(fields)
        arguments = [
            f"{argument}: {self._literal(definition.type, 2, variables=True)}"
            for argument, definition in field.args.items()
            if is_required_argument(definition) or self.random.random() < 0.5
        ]
        called = f"{name}({' '.join(arguments)})" if arguments else name
        below = get_named_type(field.type)
        selected = f" {self._selections(below, depth - 1)}" if is_composite_type(below) else ""
        return f"{self._key(name, called)}{called}{self._directive()}{selected}"

    def _key(self, name: str, called: str) -> str:
        """An alias where the field is called with other arguments, too."""
        calls = self._keys.setdefault(name, [called])
        if called not in calls:
            calls.append(called)
        n = calls.index(called)
        return f"{name}_{n}: " if n else f"again_{name}: " if self.random.random() < 0.1 and len(calls) == 1 else ""

    def _overlapping(self, type_: Any) -> Any:
        return self.random.choice([one for one in self._composite if do_types_overlap(self.schema, type_, one)])

    def _fragment(self, type_: Any, depth: int) -> str:
        fitting = [name for name, on in self._closed if do_types_overlap(self.schema, type_, on)]
        if fitting and self.random.random() < 0.3:
            return self.random.choice(fitting)
        on, name = self._overlapping(type_), f"F{next(self._numbers)}"
        self._fragments.append(f"fragment {name} on {on.name} {self._selections(on, depth - 1)}")
        self._closed.append((name, on))
        return name

    def _directive(self) -> str:
        if self.random.random() > 0.15:
            return ""
        condition = self._literal(GraphQLNonNull(GraphQLBoolean), 0, variables=True)
        return f" @{self.random.choice(('skip', 'include'))}(if: {condition})"

    def _literal(self, type_: Any, depth: int, *, variables: bool) -> str:
        if variables and self.random.random() < 0.4:
            return self._variable(type_)
        if is_non_null_type(type_):
            type_ = type_.of_type
        elif self.random.random() < 0.1:
            return "null"
        if is_list_type(type_):
            items = [self._literal(type_.of_type, depth, variables=variables) for _ in range(self.random.randint(0, 2))]
            alone = len(items) == 1 and items[0] != "null" and "$" not in items[0] and self.random.random() < 0.3
            return items[0] if alone else f"[{' '.join(items)}]"
        if is_input_object_type(type_):
            fields = [
                f"{name}: {self._literal(field.type, depth - 1, variables=variables)}"
                for name, field in type_.fields.items()
                if is_required_input_field(field) or (depth and self.random.random() < 0.3)
            ]
            return f"{{{' '.join(fields)}}}"
        return self.random.choice(LITERALS[type_.name])

    def _variable(self, type_: Any) -> str:
        """One of the type, or of its nullable with a default."""
        known = [name for name, (_, of) in self.variables.items() if of == type_]
        if known and self.random.random() < 0.5:
            return f"${self.random.choice(known)}"
        name, default = f"v{len(self.variables)}", ""
        if self.random.random() < 0.3:
            type_ = type_.of_type if is_non_null_type(type_) else type_
            default = f" = {self._literal(GraphQLNonNull(type_), 1, variables=False)}"
        self.variables[name] = (f"${name}: {type_}{default}", type_)
        return f"${name}"


def _value(random: Random, type_: Any, depth: int) -> Any:
    if is_non_null_type(type_):
        type_ = type_.of_type
    elif random.random() < 0.1:
        return None
    if is_list_type(type_):
        return [_value(random, type_.of_type, depth) for _ in range(random.randint(0, 2))]
    if is_input_object_type(type_):
        return {
            name: _value(random, field.type, depth - 1)
            for name, field in type_.fields.items()
            if is_required_input_field(field) or (depth and random.random() < 0.3)
        }
    return random.choice(VALUES[type_.name])
