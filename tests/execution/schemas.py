"""Schemas of every kind of type, and what their types do: all of it asks the world, which is the context."""

from functools import lru_cache, partial
from random import Random
from typing import Any

from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema, Undefined, build_schema, is_abstract_type

LEAVES = ("Int", "Float", "String", "Boolean", "ID", "Odd", "Colour")
OBJECTS = ("O0", "O1", "O2", "O3")
FIELDS = [f"f{n}" for n in range(18)]
ARGUMENTS = {"a": "Int = 3", "b": "[In!]", "c": "Colour! = RED", "o": "Odd", "r": "String!", "s": "[Int]", "n": "In"}
INPUTS = """
scalar Odd
enum Colour { RED GREEN BLUE }
input In { x: Int! = 3 c: Colour = GREEN l: [Int!] n: In o: Odd }
"""


@lru_cache
def schema_of(seed: int) -> GraphQLSchema:
    """A name means the same field in each type that has it, so that any two selections can be merged."""
    random = Random(seed)  # noqa: S311
    fields = {name: _field(random, n) for n, name in enumerate(FIELDS)}
    of_interface = {"I0": random.sample(FIELDS, 3), "I1": random.sample(FIELDS, 2)}
    text = INPUTS
    for name, own in of_interface.items():
        text += f"interface {name} {{ {' '.join(name + fields[name] for name in own)} }}\n"
    for name in OBJECTS:
        interfaces = random.sample(sorted(of_interface), random.randint(0, 2))
        all_of_them = {*random.sample(FIELDS, 6), *(field for one in interfaces for field in of_interface[one])}
        implements = f"implements {' & '.join(interfaces)} " if interfaces else ""
        text += f"type {name} {implements}{{ {' '.join(name + fields[name] for name in sorted(all_of_them))} }}\n"
    text += f"union U = {' | '.join(random.sample(OBJECTS, 2))}\n"
    everything = " ".join(
        name + (field if n % 6 == 0 else field.removesuffix("!")) for n, (name, field) in enumerate(fields.items())
    )
    schema = build_schema(text + f"type Query {{ {everything} }} type Mutation {{ {everything} }}")
    _enliven(schema, random)
    return schema


def _field(random: Random, n: int) -> str:
    type_ = (
        LEAVES[n] if n < len(LEAVES) else random.choice((*LEAVES, *OBJECTS * 3, "I0", "I1", "U") if n < 16 else OBJECTS)
    )
    for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
        type_ = f"[{type_}{random.choice(('', '', '!'))}]"
    arguments = [f"{name}: {ARGUMENTS[name]}" for name in random.sample(sorted(ARGUMENTS), random.choice((0, 0, 1, 2)))]
    asked = f"({' '.join(arguments)})" if arguments else ""
    return f"{asked}: {type_}{random.choice(('', '', '', '!'))}"


def _enliven(schema: GraphQLSchema, random: Random) -> None:
    odd: Any = schema.type_map["Odd"]
    odd.coerce_output_value, odd.coerce_input_value = _told_odd, _read_odd
    colour = schema.type_map["Colour"]
    assert isinstance(colour, GraphQLEnumType)
    for n, value in enumerate(colour.values.values()):
        value.value = n  # what resolvers give and get
    colour.__dict__.pop("_value_lookup", None)
    for type_ in schema.type_map.values():
        if type_.name.startswith("__"):
            continue
        if isinstance(type_, GraphQLObjectType):
            for field in type_.fields.values():
                field.resolve = random.choice((None, _resolve))
            if type_.name in OBJECTS:
                type_.is_type_of = random.choice((None, partial(_is_type_of, type_.name)))
        elif is_abstract_type(type_):
            type_.resolve_type = random.choice((None, _resolve_type))


def _resolve(_source: Any, info: Any, **arguments: Any) -> Any:
    return info.context.resolved(info, arguments)


def _is_type_of(name: str, value: Any, info: Any) -> Any:
    return info.context.is_type_of(name, value, info)


def _resolve_type(value: Any, info: Any, type_: Any) -> Any:
    return info.context.type_of(value, info, type_)


def _told_odd(value: Any) -> Any:
    """Refuses, makes nothing, or something to be awaited, of some values."""
    if value % 5 == 0:
        raise ValueError(f"{value} is not odd at all")
    if value % 7 == 0:
        return (None, Undefined)[value % 2]
    return _later(value) if value % 11 == 0 else value


async def _later(value: Any) -> Any:
    return value if value % 2 else None


def _read_odd(value: Any) -> int:
    if not isinstance(value, int) or value % 2 == 0:
        raise ValueError(f"{value!r} is not odd")
    return value
