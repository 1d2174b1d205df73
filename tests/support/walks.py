"""Many cases at one server: a start of it costs more than most cases do."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")
LONGEST_NAME = 100


async def each(cases: Mapping[str, T] | Iterable[T], check: Callable[[T], Awaitable[object]]) -> None:
    """Fails with all that went wrong, by case: none hides another. One without a name is called by what it is."""
    __tracebackhide__ = True
    named = list(cases.items() if isinstance(cases, Mapping) else ((_name(case), case) for case in cases))
    assert named, "no case at all"
    told: list[str] = []
    for name, case in named:
        try:
            await check(case)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other cases are looked at
            told.append(f"{name}: {type(error).__name__}: {error}")
    if told:
        raise AssertionError("\n".join([f"{len(told)} of {len(named)} cases went wrong", *told]))


def _name(case: object) -> str:
    return ascii(case)[:LONGEST_NAME]
