"""The signing keys that the database holds, and what changes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet

import events
from database import transaction
from models import SigningKey
from security.keys import KeyPair, KeyRing, SecretKey, new_key, pem_of
from security.own_tokens import LEEWAY
from security.sealing import Seal
from settings import SigningSettings

CLOCKS_APART = timedelta(minutes=1)  # of two nodes, at most
AT_ONCE = timedelta()
UNDER_WAY = "a change is under way: the newest key does not sign yet"


class ChangeUnderWay(ValueError):  # noqa: N818 - named as the refusals are
    """Another change of the keys comes first; what is as it is stays so."""


class LostKeys(ValueError):  # noqa: N818
    """No key of SECRET_KEY opens any of them."""

    def __init__(self) -> None:
        super().__init__("no key of SECRET_KEY opens the signing keys of the database")


@dataclass(frozen=True)
class Opened:
    """A row, and the key in it."""

    row: SigningKey
    pair: KeyPair

    @property
    def signs(self) -> bool:
        """Whether its time to sign has come."""
        return self.row.signs_from <= datetime.now(UTC)


def seal_of(secret: SecretKey) -> Seal:
    """What the keys are sealed by."""
    return Seal(secret.derive_all("signing keys"))


def belongs_to(row: SigningKey) -> tuple[object, ...]:
    """What a sealed key is bound to."""
    return "signing_keys", row.id, row.algorithm, row.number


def over_at(old: SigningKey, successor: SigningKey) -> datetime:
    """From when on nothing that the old key has signed is good at any node (UTC)."""
    return successor.signs_from + timedelta(seconds=old.token_seconds) + LEEWAY + CLOCKS_APART


class StoredKeys:
    """Those of TOKEN_ALGORITHM. Whoever writes the next number changes them; who comes second changes nothing."""

    def __init__(self, settings: SigningSettings, secret: SecretKey, ring: KeyRing) -> None:
        self._announcement = settings.signing_key_announcement
        self._token_seconds = int(settings.access_token_lifetime.total_seconds()) + 1
        self._ring, self._seal = ring, seal_of(secret)

    async def opened(self) -> tuple[list[Opened], int]:
        """The keys that there are, the oldest first, and how many rows there are besides that nothing opens."""
        rows = await self._rows().order_by("number")
        opened = self._all_opened(rows)
        return opened, len(rows) - len(opened)

    async def announce(self) -> KeyPair:
        """Make the next key, which signs when everybody knows it; the first signs at once.

        Raises ChangeUnderWay where the newest does not sign yet, LostKeys.
        """
        rows = await self._rows().order_by("number")  # once: what is checked is what the next number follows
        opened = self._all_opened(rows)
        if rows and not opened:
            raise LostKeys
        if opened and not opened[-1].signs:
            raise ChangeUnderWay(UNDER_WAY)
        signs_in = self._announcement if opened else AT_ONCE
        row, pair = self._made(_following(rows), signs_in)
        added = events.SigningKeyAdded(kid=pair.kid, signs_in_seconds=int(signs_in.total_seconds()))
        await self._write([row], added)
        return pair

    async def replace(self) -> tuple[KeyPair, int]:
        """Make a key that signs at once, and remove all others; gives it back, and how many those were.

        For keys that strangers know, or that nothing opens any more. Raises ChangeUnderWay.
        """
        row, pair = self._made(_following(await self._rows().order_by("number")), AT_ONCE)
        async with transaction():
            removed = await self._rows().filter(number__lt=row.number).delete()
            await self._write([row], events.SigningKeysReplaced(kid=pair.kid, removed=removed))
        return pair, removed

    async def bring(self, pems: Sequence[str]) -> list[KeyPair]:
        """Keep the keys of a file, of which the first signs; the database had none, or ChangeUnderWay is raised.

        Raises ValueError where one of them does not fit TOKEN_ALGORITHM.
        """
        made = [self._made(number, AT_ONCE, pem) for number, pem in enumerate(reversed(pems), 1)]
        if await self._rows().exists():
            raise ChangeUnderWay("the database has signing keys already")
        await self._write([row for row, _ in made], events.SigningKeysImported(count=len(made)))
        return [pair for _, pair in reversed(made)]

    async def exported(self) -> list[str]:
        """The keys for a file, in PEM: the one that signs comes first. Raises ChangeUnderWay, LostKeys."""
        opened, _ = await self.opened()
        if not opened:
            raise LostKeys
        if not opened[-1].signs:
            raise ChangeUnderWay(UNDER_WAY)
        await events.record(events.SigningKeysExported(count=len(opened)))
        return [pem_of(one.pair.private) for one in reversed(opened)]

    async def remove(self, old: Opened) -> None:
        """Remove a key that is over; twice is no mistake."""
        async with transaction():
            if await self._rows().filter(id=old.row.id).delete():
                await events.record(events.SigningKeyRemoved(kid=old.pair.kid))

    async def note_lifetime(self, opened: Sequence[Opened]) -> None:
        """See that no key goes before the tokens that this process signs with it do."""
        if any(one.row.token_seconds < self._token_seconds for one in opened):
            await self._rows().filter(token_seconds__lt=self._token_seconds).update(token_seconds=self._token_seconds)

    def _rows(self) -> QuerySet[SigningKey]:
        return SigningKey.filter(algorithm=self._ring.algorithm)

    def _all_opened(self, rows: Sequence[SigningKey]) -> list[Opened]:
        return [found for row in rows if (found := self._opened(row))]

    def _opened(self, row: SigningKey) -> Opened | None:
        try:
            pem = self._seal.open(row.sealed_key, *belongs_to(row)).decode()
        except ValueError:
            return None
        return Opened(row, self._ring.pair(pem, signs_from=row.signs_from.timestamp()))

    def _made(self, number: int, signs_in: timedelta, pem: str | None = None) -> tuple[SigningKey, KeyPair]:
        now = datetime.now(UTC)
        row = SigningKey(
            algorithm=self._ring.algorithm,
            number=number,
            created_at=now,
            signs_from=now + signs_in,
            token_seconds=self._token_seconds,
        )
        text = pem or new_key(self._ring.algorithm)
        row.sealed_key = self._seal.seal(text.encode(), *belongs_to(row))
        return row, self._ring.pair(text, signs_from=row.signs_from.timestamp())

    async def _write(self, rows: Sequence[SigningKey], event: events.Event) -> None:
        try:
            async with transaction():
                for row in rows:
                    await row.save(force_create=True)
                await events.record(event)
        except IntegrityError:
            raise ChangeUnderWay("somebody else has changed the keys at this moment") from None


def _following(rows: Sequence[SigningKey]) -> int:
    return rows[-1].number + 1 if rows else 1
