"""schema/flattening.py: what a field gives is what it gives through all of Strawberry's layers"""

from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, parse
from strawberry.permission import BasePermission

from execution import execute
from schema.context import Info
from schema.flattening import flatten

pytestmark = pytest.mark.anyio

DOCUMENT = "{ open closed thing { name late missing count again unsure } }"


class Allows(BasePermission):
    async def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return bool(info.context[info.field_name])

    def on_unauthorized(self) -> None:
        raise PermissionError("no entry")


class Unsure(BasePermission):
    async def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return "perhaps"  # type: ignore[return-value]


@strawberry.type
class Thing:
    name: str
    count: int | None
    missing: str | None = strawberry.field(default=None)

    @strawberry.field(permission_classes=[Allows])  # type: ignore[untyped-decorator]
    async def late(self, info: Info) -> str:
        return f"{self.name} {info.field_name}"

    @strawberry.field(permission_classes=[Allows])  # type: ignore[untyped-decorator]
    async def again(self) -> str | None:
        return self.name

    @strawberry.field(permission_classes=[Unsure])  # type: ignore[untyped-decorator]
    async def unsure(self) -> str | None:
        return self.name


@strawberry.type
class Query:
    @strawberry.field(permission_classes=[Allows])  # type: ignore[untyped-decorator]
    async def open(self) -> str:
        return f"{self is None}"

    @strawberry.field(permission_classes=[Allows])  # type: ignore[untyped-decorator]
    async def closed(self) -> str | None:
        return "secret"

    @strawberry.field
    def thing(self) -> Thing | None:
        thing = Thing(name="n", count="none")  # type: ignore[arg-type]
        del thing.missing
        return thing


async def answer(schema: strawberry.Schema, allowed: dict[str, bool]) -> tuple[Any, list[str]]:
    result = execute(schema._schema, parse(DOCUMENT), None, allowed)
    told = result if isinstance(result, ExecutionResult) else await result
    return told.data, sorted(f"{error.path} {type(error.original_error)}" for error in told.errors or [])


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("closed", [True, False])
async def test_a_flat_field_gives_and_refuses_the_same(late: bool, closed: bool) -> None:
    allowed = {"open": True, "closed": closed, "late": late, "again": not late}
    layered, flat = strawberry.Schema(query=Query), flatten(strawberry.Schema(query=Query))
    assert flat._schema.type_map["Thing"].fields["late"].resolve.__module__ == "schema.flattening"  # type: ignore[attr-defined]
    (data, errors), (known, known_errors) = await answer(flat, allowed), await answer(layered, allowed)
    assert data == known
    assert [error.partition(" <")[0] for error in errors] == [error.partition(" <")[0] for error in known_errors]
    assert any("PermissionError" in error for error in errors)
