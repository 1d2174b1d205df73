"""Long lists, a page at a time: by key, so that no page costs more than the first."""

from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from tortoise.models import Model
from tortoise.queryset import QuerySet

Row = TypeVar("Row", bound=Model)
MOST = 100  # rows of one page
NEWEST = UUID(int=2**128 - 1)  # greater than the id of any row


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, the newest first, and whether there are more behind them."""

    rows: list[Row]
    more: bool


async def newest(rows: QuerySet[Row], count: int, before: UUID = NEWEST) -> Page[Row]:
    """The newest of the rows, as their ids tell, that are older than the one of an id: so many at the most."""
    # With a condition from the beginning, or SQLite would take it for a look at the whole table.
    found = await rows.filter(id__lt=before).order_by("-id").limit(count + 1)
    return Page(found[:count], more=len(found) > count)
