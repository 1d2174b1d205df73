"""What a node does with the signing keys of the database: it knows them, has new ones made and old ones go."""

import asyncio
import random
import time
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise

import structlog

from resolvers.stored_keys import ChangeUnderWay, LostKeys, Opened, StoredKeys, over_at
from security.keys import KeyRing
from settings import SigningSettings

MOST_SECONDS = 60  # between two looks at the keys that there are
LOOKS = 10  # while a key is announced, at least
UNKNOWN_SECONDS = 1  # between two looks for a key that nobody knows: anybody can make up a `kid`
log = structlog.get_logger()


class SigningKeys:
    """Keeps the ring as the database has it; nothing where SIGNING_KEYS does not say so."""

    def __init__(self, settings: SigningSettings, stored: StoredKeys, ring: KeyRing) -> None:
        self._in_database = settings.keys_in_database
        self._ahead = settings.signing_key_lifetime - settings.signing_key_announcement
        self._seconds = min(MOST_SECONDS, settings.signing_key_announcement.total_seconds() / LOOKS)
        self._stored, self._ring = stored, ring
        self._looking = asyncio.Lock()
        self._looked_at = 0.0  # in seconds since 1970: a machine that slept has not looked meanwhile
        self._searched_at = 0.0  # likewise
        self._lost = 0

    async def start(self) -> None:
        """Know the keys that there are, before anybody is served; the first node makes one. Raises LostKeys."""
        if self._in_database:
            await self._look()

    async def run(self) -> None:
        """Look after the keys until cancelled; every node does, and of two at once only one changes anything."""
        while self._in_database:
            await asyncio.sleep(self._seconds * random.uniform(0.5, 1))  # noqa: S311 - jitter
            try:
                await self._tend()
            except LostKeys:
                pass  # which is told; those that are known stay
            except Exception:
                log.exception("signing_keys_failed")

    async def before_signing(self) -> None:
        """Look again where this node could not for too long, say because the database was away: keys may be others."""
        if self._in_database and not _is_recent(self._looked_at, 2 * self._seconds):
            async with self._looking:
                if not _is_recent(self._looked_at, 2 * self._seconds):  # or somebody else has looked meanwhile
                    await self._look_again()

    async def look_for_unknown(self) -> None:
        """Look for a key that this node does not know, once a second at most; who comes meanwhile waits for it."""
        if self._in_database:
            async with self._looking:
                if not _is_recent(self._searched_at, UNKNOWN_SECONDS):
                    await self._look_again()
                    self._searched_at = time.time()

    async def _tend(self) -> None:
        opened = await self._look()
        if datetime.now(UTC) >= opened[-1].row.signs_from + self._ahead:
            with suppress(ChangeUnderWay):  # another node was first
                await self._stored.announce()
        for old, successor in pairwise(opened):
            if datetime.now(UTC) > over_at(old.row, successor.row):
                await self._stored.remove(old)

    async def _look_again(self) -> None:
        with suppress(LostKeys):  # as above
            await self._look()

    async def _look(self) -> list[Opened]:
        began = time.time()
        opened, lost = await self._stored.opened()
        if not opened and not lost:
            with suppress(ChangeUnderWay):  # another node was first
                await self._stored.announce()
            opened, lost = await self._stored.opened()
        self._tell(lost)
        if not opened:
            raise LostKeys
        await self._stored.note_lifetime(opened)  # before this node signs with any of them
        self._ring.hold([one.pair for one in opened])
        self._looked_at = began
        return opened

    def _tell(self, lost: int) -> None:
        if lost > self._lost:
            log.error("signing_keys_lost", count=lost, advice="list the SECRET_KEY before too; postern keys list")
        self._lost = lost


def _is_recent(moment: float, seconds: float) -> bool:
    """Whether it is no longer ago than that; one that is to come is of a clock that was put back."""
    return 0 <= time.time() - moment < seconds
