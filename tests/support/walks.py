"""Many cases at one server: a start of it costs more than most cases do."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")
LONGEST_NAME = 100


async def failures(cases: Mapping[str, T] | Iterable[T], check: Callable[[T], Awaitable[object]]) -> dict[str, str]:
    """What went wrong, by case, so that none hides another. Without a name, a case is called by what it is."""
    named = list(
        cases.items() if isinstance(cases, Mapping) else ((ascii(case)[:LONGEST_NAME], case) for case in cases)
    )
    assert named, "no case at all"
    told: dict[str, str] = {}
    for number, (name, case) in enumerate(named):
        try:
            await check(case)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other cases are looked at
            told[f"{number}: {name}"] = f"{type(error).__name__}: {error}"
    return told
