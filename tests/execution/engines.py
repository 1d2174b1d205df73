"""Both engines, and what each of them says and does."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from inspect import isawaitable
from typing import Any

import graphql
from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema

from execution import Plan
from tests.execution.world import World

MakeWorld = Callable[[], World]


async def both(
    schema: GraphQLSchema, document: DocumentNode, plan: Plan, make_world: MakeWorld, given: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What graphql-core says and does with these variables, and what a plan does."""
    theirs, ours = make_world(), make_world()
    result = await _told(theirs, lambda: graphql.execute(schema, document, ROOT, theirs, given, "Asked"))
    return result, await _told(ours, lambda: plan.execute(ROOT, ours, given))


ROOT = {"root": "value"}


async def _told(world: World, execute: Callable[[], Any]) -> dict[str, Any]:
    """The answer, whether it had to be awaited, and in which order things happened."""
    result = execute()
    told: dict[str, Any] = {"awaited": isawaitable(result)}
    if isawaitable(result):
        result = await _in_time(result, world.patience)
    told |= described(result) | {"by then": len(world.log)}
    while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110 - what nobody waits for
        await asyncio.sleep(0)
    world.close()
    return told | {"log": _ordered(world.log), "in the end": described(result)}


async def _in_time(result: Any, patience: int | None) -> Any:
    """The result; None where whoever waits for it loses patience after some turns of the loop."""
    if patience is None:
        return await result
    task = asyncio.ensure_future(result)
    for _ in range(patience):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        return await task
    return None


def described(result: ExecutionResult | None) -> dict[str, Any]:
    """The answer, in a form that is equal only where types and the order of names are equal, too."""
    if result is None:
        return {}
    assert type(result) is ExecutionResult
    return {"data": _ordered(result.data), "errors": result.errors and [_error(error) for error in result.errors]}


def _error(error: GraphQLError) -> Any:
    return error.formatted, type(error.original_error), [node.loc for node in error.nodes or ()]


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return "dict", [(key, _ordered(one)) for key, one in value.items()]
    if isinstance(value, list | tuple):
        return type(value).__name__, [_ordered(one) for one in value]
    return type(value).__name__, repr(value)
