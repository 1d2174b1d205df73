"""Lists: of what is there, of what is awaited, and of what comes one after the other."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import suppress
from typing import Any

from graphql import GraphQLError, located_error
from graphql.pyutils import is_async_iterable, is_iterable

from execution.awaiting import awaits, filled
from execution.completion import Complete, Guard, absent
from execution.state import Execution, Field, Info, Place, path_of


def list_of(field: Field, item: Guard) -> Complete:
    """Completes each item; raises GraphQLError for what is no list, and the first error of an item that is non-null."""
    message = f"Expected Iterable, but did not find one for field '{field.parent_type}.{field.name}'."
    of_iterable, of_async_iterator = _iterable(item), _async_iterator(field, item)

    def complete_list(run: Execution, info: Info, place: Place, value: Any) -> Any:
        if absent(value):
            return None
        if is_async_iterable(value):
            return of_async_iterator(run, info, place, value.__aiter__())  # not aiter(): as graphql-core does
        if not is_iterable(value):
            raise GraphQLError(message)
        return of_iterable(run, info, place, value)

    return complete_list


def _iterable(item: Guard) -> Complete:
    complete = item.completed

    def complete_items(run: Execution, info: Info, place: Place, value: Any) -> Any:
        results: list[Any] = []
        awaited: list[int] = []
        items = iter(value)
        try:
            for index, one in enumerate(items):
                result = complete(run, info, (place, index, None), one)
                results.append(result)
                if awaits(result):
                    awaited.append(index)
        except Exception:
            if pending := [*(results[index] for index in awaited), *_rest(items)]:
                run.background.settle(pending)
            raise
        return filled(results, awaited) if awaited else results

    return complete_items


def _rest(items: Iterator[Any]) -> list[Awaitable[Any]]:
    """What would have had to be awaited of the items that nobody asks for any more."""
    left: list[Awaitable[Any]] = []
    with suppress(Exception):
        left.extend(one for one in items if awaits(one))
    return left


def _async_iterator(field: Field, item: Guard) -> Complete:
    async def complete_items(run: Execution, info: Info, place: Place, items: AsyncIterator[Any]) -> list[Any]:
        results: list[Any] = []
        awaited: list[int] = []
        close = getattr(items, "aclose", None)
        try:
            with suppress(StopAsyncIteration):
                while True:
                    one, index = await _following(items, field, place), len(results)
                    results.append(item.completed(run, info, (place, index, None), one))
                    if awaits(results[-1]):
                        awaited.append(index)
        except Exception:
            if close is not None:
                with suppress(Exception):
                    await close()
            if awaited:
                run.background.settle([results[index] for index in awaited])
            raise
        return await filled(results, awaited) if awaited else results

    return complete_items


async def _following(items: AsyncIterator[Any], field: Field, place: Place) -> Any:
    try:
        return await anext(items)
    except StopAsyncIteration:
        raise
    except Exception as error:
        raise located_error(error, field.nodes, path_of(place).as_list()) from error
