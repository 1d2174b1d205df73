"""Long lists, as Relay's cursor connections have them."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry import relay

from resolvers import pages

Node = TypeVar("Node")


@strawberry.type(description="One of them.")
class Edge(Generic[Node]):
    node: Node = strawberry.field(description="What it is.")
    cursor: str = strawberry.field(description="Goes to `after` for what comes behind it.")


@strawberry.type(description="Some of them, as Relay's cursor connections have it.")
class Connection(Generic[Node]):
    nodes: list[Node] = strawberry.field(description="The newest first.")
    edges: list[Edge[Node]] = strawberry.field(description="The same, each with its cursor.")
    page_info: relay.PageInfo = strawberry.field(description="Whether there is more, and where it goes on.")

    @classmethod
    def of(cls, page: pages.Page[Any], node: Callable[[Any], Node], after: str | None) -> Self:
        """A page in GraphQL."""
        nodes, cursors = list(map(node, page.rows)), [str(row.id) for row in page.rows]
        return cls(
            nodes=nodes,
            edges=[Edge(node=node, cursor=cursor) for node, cursor in zip(nodes, cursors, strict=True)],
            page_info=relay.PageInfo(
                has_next_page=page.more,
                has_previous_page=after is not None,
                start_cursor=cursors[0] if cursors else None,
                end_cursor=cursors[-1] if cursors else None,
            ),
        )


def limits(first: int, after: str | None) -> tuple[int, UUID]:
    """How many rows at the most, and what they are older than. Raises GraphQLError for a program's mistake."""
    if not 1 <= first <= pages.MOST:
        raise GraphQLError(f"`first` has to be from 1 to {pages.MOST}.")
    try:
        return first, UUID(after) if after is not None else pages.NEWEST
    except ValueError:
        raise GraphQLError("`after` has to be a cursor of this list.") from None


def id_of(text: str | None) -> UUID | None:
    """The id that a filter names, that of nobody where it is none."""
    try:
        return UUID(text) if text is not None else None
    except ValueError:
        return UUID(int=0)
