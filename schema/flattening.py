"""Resolvers as they are when nothing is added to them: without the layers in which Strawberry calls every one."""

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_abstract_type
from strawberry.permission import PermissionExtension
from strawberry.types.field import StrawberryField

from execution import Attribute

Resolver = Callable[..., Any]


def flatten(schema: strawberry.Schema) -> strawberry.Schema:
    """The schema, whose attributes are read and whose simplest permissions are asked in one step."""
    known = schema._schema  # noqa: SLF001 - where Strawberry keeps graphql-core's
    for type_ in known.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for definition in type_.fields.values():
                field = definition.extensions.get("strawberry-definition")
                if isinstance(field, StrawberryField):
                    definition.resolve = _flat(definition, field) or definition.resolve
    return schema


def _flat(definition: GraphQLField, field: StrawberryField) -> Resolver | None:
    """A resolver that gives the same; None where there is more to a field than is known here."""
    if is_abstract_type(get_named_type(definition.type)):  # a refusal may become a member of it
        return None
    if field.is_basic_field and field.default_resolver is getattr:
        return Attribute(field.python_name)
    match field.extensions:
        case [PermissionExtension(permissions=[permission], fail_silently=False)]:
            return None if definition.args or not field.is_async else _permitted(field, permission)
    return None


def _permitted(field: StrawberryField, permission: Any) -> Resolver | None:
    resolver = field.base_resolver
    if not resolver or not resolver.self_parameter:
        return None
    named = resolver.info_parameter

    async def resolve(source: Any, raw_info: Any) -> Any:
        info: Any = strawberry.Info(_raw_info=raw_info, _field=field)
        if await permission.has_permission(source, info) is not True:
            permission.on_unauthorized()
        return await (resolver(source, **{named.name: info}) if named else resolver(source))

    return resolve
