"""Two PostgreSQL servers of a test's own: a primary, and a standby that follows it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.clusters import Cluster, cluster


@asynccontextmanager
async def clusters() -> AsyncIterator[tuple[Cluster, Cluster]]:
    """A primary that runs, and an empty folder for its standby."""
    async with cluster() as primary, cluster(running=False) as standby:
        yield primary, standby


def moved(text: str, places: dict[str, str]) -> str:
    """A block of the documents, with the addresses and folders of a test in place of its own."""
    for pattern, replacement in places.items():
        text, count = re.subn(pattern, replacement, text)
        assert count, f"nothing like {pattern} in {text}"
    return text
