"""The API's reference: a page for each kind of type that schema.graphql has, as Markdown."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_specified_scalar_type,
)

PAGES = {
    "queries": "Queries",
    "mutations": "Mutations",
    "objects": "Objects",
    "inputs": "Inputs",
    "unions": "Results",
    "interfaces": "Interfaces",
    "enums": "Enums",
    "scalars": "Scalars",
}
KINDS = {
    GraphQLInputObjectType: "inputs",
    GraphQLUnionType: "unions",
    GraphQLInterfaceType: "interfaces",
    GraphQLEnumType: "enums",
    GraphQLObjectType: "objects",
}


def write(sdl: str, folder: Path) -> None:
    """The pages of a schema, whose source is `sdl`, into a folder."""
    schema = build_schema(sdl)
    folder.mkdir()
    for name, title in PAGES.items():
        parts = list(_operations(schema, name) if name in ("queries", "mutations") else _types(schema, name))
        (folder / f"{name}.md").write_text("\n\n".join([f"# {title}", *parts]) + "\n")


def _operations(schema: GraphQLSchema, page: str) -> Iterator[str]:
    root = schema.query_type if page == "queries" else schema.mutation_type
    for name, field in (root.fields if root else {}).items():
        given = ", ".join(f"`{argument}:` {_linked(value.type)}" for argument, value in field.args.items())
        described = [(argument, value) for argument, value in field.args.items() if value.description]
        yield f"## {name}"
        yield _prose(field.description)
        yield f"`{name}`({given}): {_linked(field.type)}" if given else f"`{name}`: {_linked(field.type)}"
        if described:
            rows = [_row(argument, value.type, value.description) for argument, value in described]
            yield _table(("argument", "type", ""), rows)


def _types(schema: GraphQLSchema, page: str) -> Iterator[str]:
    for name, kind in sorted(schema.type_map.items()):
        described = kind.ast_node and kind not in (schema.query_type, schema.mutation_type)
        if described and KINDS.get(type(kind), "scalars") == page:
            yield f"## {name}"
            yield _prose(kind.description)
            yield from _members(schema, kind)


def _members(schema: GraphQLSchema, kind: GraphQLNamedType) -> Iterator[str]:
    if isinstance(kind, GraphQLEnumType):
        yield _table(("value", ""), [(f"`{name}`", _line(value.description)) for name, value in kind.values.items()])
    elif isinstance(kind, GraphQLUnionType):
        yield "\n".join(f"- {_linked(member)}" for member in kind.types)
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        fields = kind.fields.items()
        yield _table(("field", "type", ""), [_row(name, field.type, field.description) for name, field in fields])
        if isinstance(kind, GraphQLInterfaceType):
            yield "**Is** " + ", ".join(_linked(one) for one in schema.get_implementations(kind).objects)


def _row(name: str, kind: object, description: str | None) -> tuple[str, str, str]:
    return f"`{name}`", _linked(kind), _line(description)


def _linked(kind: object) -> str:
    """A type as SDL writes it, leading to where it is described."""
    named = get_named_type(kind)  # type: ignore[call-overload]
    if is_specified_scalar_type(named):
        return f"`{kind}`"
    page = KINDS.get(type(named), "scalars")
    return f"[`{kind}`]({page}.md#{named.name.lower()})"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _line(text: str | None) -> str:
    return re.sub(r"\s*\n\s*", " ", text or "").replace("|", "\\|").replace("<", "&lt;")


def _prose(text: str | None) -> str:
    return (text or "").replace("<", "&lt;")
