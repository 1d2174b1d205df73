"""What resolvers give: objects, mappings, and what has to be awaited."""

from collections.abc import Awaitable, Generator
from typing import Any


class Thing:
    """An object; `named` tells graphql-core's own resolver of its type."""

    def __init__(self, kind: str, world: Any, path: list[Any], *, named: bool) -> None:
        self.kind = kind
        self.path = path
        self.__typename = kind if named else None
        self._world = world

    def __getattr__(self, name: str) -> Any:
        if name.startswith("f"):
            return self._world.property(name, self.path)
        raise AttributeError(name)


class Record(dict[str, Any]):
    """An object that is a mapping."""

    def __init__(self, kind: str, world: Any, path: list[Any], *, named: bool) -> None:
        super().__init__({"__typename": kind} if named else {})
        self.kind = kind
        self.path = path
        self._world = world

    def get(self, name: str, default: Any = None) -> Any:
        return self._world.property(name, self.path) if name.startswith("f") else super().get(name, default)


class Awaiting:
    """To be awaited, but no coroutine."""

    def __init__(self, awaited: Awaitable[Any]) -> None:
        self._awaited = awaited

    def __await__(self) -> Generator[Any, None, Any]:
        return self._awaited.__await__()
