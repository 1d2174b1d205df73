"""What resolvers do, drawn for each place in the answer and the same for both engines; and a log of who was asked."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLError,
    GraphQLOutputType,
    GraphQLSchema,
    Undefined,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from tests.execution.things import Awaiting, Record, Thing

LEAVES: dict[str, tuple[Any, ...]] = {
    "Int": (1, 7, True, "5"),
    "Float": (0.5, 3, "2.5"),
    "String": ("s", 5, True),
    "Boolean": (True, False, 1),
    "ID": ("id", 8),
    "Odd": (1, 3, 5, 7, 9, 11, 22),
    "Colour": (0, 1, 2),
}
WRONG = ("wrong", 99, ["wrong"], {"wrong": 1}, object, 2.5, float("nan"), {1})


class World:
    """Deterministic, whatever the order in which it is asked.

    Of a hundred outcomes, `trouble` are wrong and `later` are awaited; who waits does so for `patience` turns.
    """

    def __init__(self, seed: int, trouble: int, later: int, patience: int | None) -> None:
        self.seed = seed
        self.trouble = trouble
        self.later = later
        self.patience = patience
        self.log: list[Any] = []
        self._born: list[Coroutine[Any, Any, Any]] = []

    def close(self) -> None:
        """Forget what nobody has awaited."""
        for awaited in self._born:
            awaited.close()

    def draw(self, *what: Any) -> int:
        """A number of this world's."""
        return crc32(repr((self.seed, what)).encode())

    def resolved(self, info: Any, arguments: dict[str, Any]) -> Any:
        """What a field's resolver gives."""
        path = info.path.as_list()
        told = info.field_name, str(info.parent_type), str(info.return_type), len(info.field_nodes), info.path
        same = sorted(info.fragments), info.operation.name.value, info.variable_values.coerced, info.root_value
        self.log.append(("asked", path, arguments, told, same))
        return self.now_or_later(path, lambda: self.value(info.schema, info.return_type, path))

    def now_or_later(self, path: list[Any], give: Any) -> Any:
        """What is given, or raised, at once or when it is awaited."""
        if self.draw(path, "later") % 100 >= self.later:
            return self.outcome(path, give)
        kind = self.draw(path, "kind") % 4
        awaited = self.awaited(path, give)
        self._born.append(awaited)
        return asyncio.ensure_future(awaited) if kind == 0 else Awaiting(awaited) if kind == 1 else awaited

    async def awaited(self, path: list[Any], give: Any) -> Any:
        """The same after some turns of the loop."""
        try:
            for _ in range(self.draw(path, "turns") % 4):
                await asyncio.sleep(0)
            return self.outcome(path, give)
        except asyncio.CancelledError:
            self.log.append(("cancelled", path))
            raise
        finally:
            self.log.append(("awaited", path))

    def outcome(self, path: list[Any], give: Any) -> Any:
        """What is given, or one of the ways to fail."""
        way = self.draw(path, "way")
        if way % 100 >= self.trouble:
            return give()
        error = self.error(path)
        if way % 3 == 0:
            raise error
        return (error, None, Undefined, WRONG[way % len(WRONG)])[way // 7 % 4]

    def error(self, path: list[Any]) -> Exception:
        """One of many kinds."""
        kinds: tuple[Exception, ...] = (
            ValueError(f"trouble at {path}"),
            GraphQLError("told", extensions={"code": "TOLD"}),
            GraphQLError("elsewhere", path=["else", "where"]),
            TypeError(),
            StopIteration("ended"),
            StopAsyncIteration("ended"),
        )
        return kinds[self.draw(path, "error") % len(kinds)]

    def value(self, schema: GraphQLSchema, type_: GraphQLOutputType, path: list[Any]) -> Any:
        """One that the type may have."""
        type_ = type_.of_type if is_non_null_type(type_) else type_
        drawn = self.draw(path, "value")
        if is_list_type(type_):
            return self.items(schema, type_.of_type, path)
        if is_leaf_type(type_):
            known = LEAVES.get(type_.name, ("?",))
            return known[drawn % len(known)]
        possible = schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
        name = str(possible[drawn % len(possible)])
        return (Record if drawn // 5 % 2 else Thing)(name, self, path, named=drawn // 3 % 2 == 0)

    def items(self, schema: GraphQLSchema, type_: GraphQLOutputType, path: list[Any]) -> Any:
        """A list of items, each of them there, awaited or wrong, in one of the forms that a list may have."""
        drawn = self.draw(path, "items")

        def each() -> Iterator[Any]:
            for index in range(drawn % 4):
                place = [*path, index]
                try:
                    one = self.now_or_later(place, lambda place=place: self.value(schema, type_, place))
                except Exception as error:  # noqa: BLE001
                    one = error
                yield one
            if drawn // 11 % 100 < self.trouble:
                raise self.error([*path, "end"])

        async def one_by_one() -> AsyncIterator[Any]:
            try:
                for index, one in enumerate(each()):
                    await asyncio.sleep(0)
                    self.log.append(("yielded", path, index))
                    yield one
            finally:
                self.log.append(("closed", path))

        forms = (lambda: [*each()], lambda: (*each(),), each, one_by_one, lambda: [*each()])
        return forms[drawn // 4 % len(forms)]()

    def is_type_of(self, name: str, value: Any, info: Any) -> Any:
        """Whether it is, as a type says; in one of twenty worlds' places not the truth."""
        path = [*info.path.as_list(), "is", name, *getattr(value, "path", ())]
        self.log.append(path)
        return self.now_or_later(path, lambda: getattr(value, "kind", None) == name)

    def type_of(self, value: Any, info: Any, type_: Any) -> Any:
        """The name of its type, as an interface or a union says; sometimes none of theirs."""
        path = [*info.path.as_list(), "type of", type_.name, *getattr(value, "path", ())]
        self.log.append(path)
        others = ("O0", "Query", "Nothing", "Int", type_, 5)
        wrong = self.draw(path, "wrong") % 40 < self.trouble
        return self.now_or_later(
            path, lambda: others[self.draw(path, "other") % 6] if wrong else getattr(value, "kind", None)
        )

    def property(self, name: str, path: list[Any]) -> Any:
        """What stands in an object under a field's name: a value, or what gives one."""
        place = [*path, name]
        self.log.append(("looked at", place))
        if self.draw(place, "plain") % 4 == 0:
            return LEAVES["Int"][self.draw(place, "leaf") % 3]
        return self.called

    def called(self, info: Any, **arguments: Any) -> Any:
        """A method of an object."""
        return self.resolved(info, arguments)
