"""Delivering what is in the outbox, a few letters at a time."""

import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from traceback import extract_tb
from typing import Any

import anyio

import events
import metrics
import tracing
from database.leases import held
from database.together import Together
from database.worker import Work, Worker
from mail.letters import KINDS, Pace, Posting
from mail.letters import Letter as Written
from mail.message import message
from mail.outbox import Outbox
from mail.pacing import Count, back_off, is_old, wait_seconds
from mail.transports import Delayed, Refused, Transport
from models import Letter
from settings import MailSettings

LEASE = timedelta(seconds=60)
DELIVERY_SECONDS = 45.0  # shorter than the lease: whoever holds it is alone with the letter
DELIVERIES = 8  # letters of one process that travel at once, each by a connection to the mail server
LINGER_SECONDS = 0.02  # that a free hand, or a letter to be noted, waits for others: one statement serves them all
FAILURES = 3  # in a row, whatever the letters: then it is hardly theirs

# Turns what was posted into what is sent, or into None where there is nothing to send.
Composer = Callable[[MailSettings, Any], Awaitable[Written | None]]
Outcome = bool | Exception  # whether the letter is handed over: it may be dropped, or put off; or why it is not

for kind in KINDS:
    metrics.letters.expect(kind, "died")


class Delivery:
    """The worker of one process.

    `composers` decide about letters of their kinds when they are due; the others are sent as they were posted.
    `count` paces letters for each recipient (`mail.pacing`).
    """

    def __init__(
        self,
        settings: MailSettings,
        outbox: Outbox,
        transport: Transport,
        composers: Mapping[type[Posting], Composer],
        count: Count,
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._transport = transport
        self._composers = composers
        self._count = count
        self._worker = Worker(
            Work(
                table=Letter,
                lease=LEASE,
                hands=lambda: DELIVERIES,
                do=self._try,
                note=self._note,
                facts=_facts,
                failure="outbox_failed",
                linger=LINGER_SECONDS,
                idle=transport.rest,
            ),
            outbox.woken,
        )
        self._delivered = Together(_note_delivered, lambda: LINGER_SECONDS if self._worker.in_hand else 0)
        self._failures = 0

    @property
    def failing(self) -> bool:
        """Whether none of the last few letters could be handed over."""
        return self._failures >= FAILURES

    def stop(self) -> None:
        """Have the worker end after the letters in its hands."""
        self._worker.stop()

    async def run(self) -> None:
        """Deliver whatever is due, a few letters at a time, until stopped. No failure ends it."""
        await self._worker.run()
        await self._transport.close()

    async def _try(self, letter: Letter) -> Outcome:
        with tracing.span(f"letter {letter.kind}", "CONSUMER", link=letter.trace) as span:
            try:
                with anyio.fail_after(DELIVERY_SECONDS):
                    return await self._send(letter)
            except Exception as error:  # noqa: BLE001 - a broken template too must neither lose a letter nor stop the rest
                tracing.fail(span)
                return error

    async def _note(self, letter: Letter, outcome: Outcome) -> None:
        """Writes it down: where the database then fails, no failure before it comes into its traceback."""
        if outcome is False:
            return
        failed = isinstance(outcome, Exception) and not isinstance(outcome, Refused)  # who refuses one is there
        self._failures = self._failures + 1 if failed else 0
        if isinstance(outcome, Refused):
            await _give_up(letter, str(outcome))
        elif isinstance(outcome, Exception):
            await _delay(letter, outcome)
        else:
            await self._delivered.add(letter)
            await _tell(letter, events.LetterDelivered())

    async def _send(self, letter: Letter) -> bool:
        posting = self._outbox.opened(letter)
        if seconds := await wait_seconds(self._count, letter, posting):
            await _put_off(letter, posting, seconds)
            return False
        written = await self._composed(posting)
        if written is None:
            await letter.delete()
            return False
        text = written.text(self._settings)
        await self._transport.deliver(message(self._settings, letter, text), isolated=posting.optional)
        return True

    async def _composed(self, posting: Posting) -> Written | None:
        if composer := self._composers.get(type(posting)):
            return await composer(self._settings, posting)
        assert isinstance(posting, Written)  # noqa: S101 - a test finds whatever is deferred without a composer
        return posting


async def _note_delivered(letters: list[Letter]) -> None:
    erased: dict[str, Any] = {"due_at": None, "sealed_text": None, "last_error": None}
    await held(*letters).update(delivered_at=datetime.now(UTC), **erased)


async def _put_off(letter: Letter, posting: Posting, seconds: int) -> None:
    """Until there is room for it; for ever where the one that has just gone out says the same."""
    if posting.pace is Pace.DROPPED:
        await letter.delete()
        await _tell(letter, events.LetterDropped())
    elif is_old(letter):
        await _give_up(letter, "given up after a day: others to this address were always first")
    else:
        # Far apart, or all that wait would come at once whenever there is room for one.
        wait = timedelta(seconds=seconds) + back_off(letter) * random.uniform(0.5, 1.5)  # noqa: S311
        await held(letter).update(due_at=datetime.now(UTC) + wait)


async def _delay(letter: Letter, error: Exception) -> None:
    expected = isinstance(error, Delayed)
    reason = str(error) if expected else type(error).__name__
    if is_old(letter):
        await _give_up(letter, f"given up after a day: {reason}")
        return
    wait = back_off(letter) * random.uniform(0.8, 1.2)  # noqa: S311
    await held(letter).update(due_at=datetime.now(UTC) + wait, last_error=reason)
    # Where it broke, without the exception: its words may be the letter's, such as a link.
    where = () if expected else tuple(f"{at.filename}:{at.lineno}" for at in extract_tb(error.__traceback__))
    await _tell(letter, events.LetterDelayed(error=reason, seconds=wait.seconds, where=where))


async def _give_up(letter: Letter, reason: str) -> None:
    await held(letter).update(due_at=None, died_at=datetime.now(UTC), sealed_text=None, last_error=reason)
    await _tell(letter, events.LetterDied(error=reason))


async def _tell(letter: Letter, event: events.Event) -> None:
    metrics.letters.add(letter.kind, event.name.removeprefix("letter_"))
    await events.record(event)


def _facts(letter: Letter) -> dict[str, Any]:
    return {"letter_id": str(letter.id), "kind": letter.kind, "user_id": letter.user_id and str(letter.user_id)}
