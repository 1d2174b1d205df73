"""The outbox: letters are written with the rows they tell of, and delivered by a worker afterwards."""

import asyncio
import base64
import inspect
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import anyio
import structlog
from cryptography.fernet import Fernet

from mail.letters import Letter as Text
from mail.transports import Delayed, Refused, Transport
from models import Letter, User
from settings import Settings

LEASE = timedelta(seconds=60)
DELIVERY_SECONDS = 45.0  # shorter than the lease: whoever holds it is alone with the letter
DELIVERIES = 8  # letters of one process that travel at once, each by a connection to the mail server
POLL_SECONDS = 5.0  # for letters that another process wrote, and those whose back-off is over
FIRST_BACK_OFF = timedelta(seconds=30)
DOUBLINGS = 7  # up to about an hour
GIVE_UP = timedelta(days=1)

# Whoever knows an address can have these sent to it, so those of one kind are paced for each recipient.
# Of the first, the letter that has just gone out says and does the same, whoever asked for it: more are dropped.
# The others differ, and a stranger's must not keep the owner's own from arriving: they wait.
DROPPED = {"already_registered", "request_password_reset", "resend_confirmation"}
WAITING = {"confirm_email", "request_email_change"}
# Those that come to nothing where an address is unknown: no other letter may be faster or slower for it.
MAYBE_NOTHING = {"request_password_reset", "resend_confirmation"}
Composer = Callable[..., Text | Awaitable[Text | None]]
log = structlog.get_logger()


class Outbox:
    """Letters on their way. `composers` turn a letter's kind and facts into its text when it is due.

    `sealing_key` (32 bytes) encrypts those facts at rest. A composer that gives back None has found
    that there is nothing to send. `pace` counts one more letter of a kind to a recipient, a key of
    both, and gives 0, or the seconds until there is room for it.
    """

    def __init__(
        self,
        settings: Settings,
        sealing_key: bytes,
        transport: Transport,
        composers: Mapping[str, Composer],
        pace: Callable[[str], Awaitable[int]],
    ) -> None:
        self._settings = settings
        self._seal = Fernet(base64.urlsafe_b64encode(sealing_key))
        self._transport = transport
        self._composers = composers
        self._pace = pace
        self._woken = asyncio.Event()
        self._in_hand = 0
        self._stopping = False

    async def post(self, kind: str, user: User | None = None, **facts: Any) -> str:
        """Write a letter, in the transaction that is open; gives back its id. Call `wake` once it is committed."""
        now = datetime.now(UTC)
        sealed = self._seal.encrypt(json.dumps(facts).encode())
        letter = await Letter.create(kind=kind, user=user, sealed_text=sealed, created_at=now, due_at=now)
        return str(letter.id)

    async def tell(self, user: User, kind: str, **facts: Any) -> str:
        """Write a letter to somebody with an account, likewise."""
        return await self.post(kind, user, to=user.canonical_email, name=user.name, locale=user.locale, **facts)

    def wake(self) -> None:
        """Have the worker look for letters now."""
        self._woken.set()

    def stop(self) -> None:
        """Have the worker end after the letters in its hands."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Deliver whatever is due, a few letters at a time, until stopped. No failure ends it."""
        async with asyncio.TaskGroup() as deliveries:
            while not self._stopping:
                self._woken.clear()
                try:
                    await self._hand_out(deliveries)
                except Exception:
                    log.exception("outbox_failed")
                with anyio.move_on_after(POLL_SECONDS):
                    await self._woken.wait()
        await self._transport.close()

    async def _hand_out(self, deliveries: asyncio.TaskGroup) -> None:
        while not self._stopping and self._in_hand < DELIVERIES and (letter := await self._lease()):
            self._in_hand += 1
            deliveries.create_task(self._carry(letter))

    async def _carry(self, letter: Letter) -> None:
        try:
            with structlog.contextvars.bound_contextvars(**_facts(letter)):
                await self._deliver(letter)
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True):
                await self._update(letter, due_at=datetime.now(UTC))
            raise
        except Exception:
            log.exception("outbox_failed")
        finally:
            self._in_hand -= 1
            self.wake()  # there is a hand free

    async def _lease(self) -> Letter | None:
        """The next due letter, hidden from everybody else until the lease is over."""
        while letter := await Letter.filter(due_at__lte=datetime.now(UTC)).order_by("due_at").first():
            due_at = datetime.now(UTC) + LEASE
            held = Letter.filter(id=letter.id, attempts=letter.attempts)
            if await held.update(attempts=letter.attempts + 1, due_at=due_at):
                letter.attempts += 1
                return letter
        return None

    async def _deliver(self, letter: Letter) -> None:
        try:
            with anyio.fail_after(DELIVERY_SECONDS):
                facts = json.loads(self._seal.decrypt(letter.sealed_text or b""))
                if not await self._has_its_turn(letter, facts):
                    return
                text = await self._composed(letter.kind, facts)
                if text is None:
                    await letter.delete()
                    return
                await self._transport.deliver(self._message(letter, text), apart=letter.kind in MAYBE_NOTHING)
        except Refused as error:
            await self._bury(letter, str(error))
        except Exception as error:  # noqa: BLE001 - a broken template too must neither lose a letter nor stop the rest
            await self._delay(letter, error)
        else:
            await self._update(letter, due_at=None, delivered_at=datetime.now(UTC), sealed_text=None, last_error=None)
            log.info("letter_delivered")

    async def _has_its_turn(self, letter: Letter, facts: dict[str, Any]) -> bool:
        """Whether the letter may go now; it is dropped or put off where not."""
        drop = letter.kind in DROPPED and letter.attempts == 1  # one that is tried again has had its turn
        if not (drop or letter.kind in WAITING):
            return True
        seconds = await self._pace(f"{letter.kind}:{_recipient(facts)}")
        if not seconds:
            return True
        if drop:
            await letter.delete()
            log.info("letter_dropped")
        elif _is_old(letter):
            await self._bury(letter, "given up after a day: others to this address were always first")
        else:
            # Far apart, or all that wait would come at once whenever there is room for one.
            wait = timedelta(seconds=seconds) + _back_off(letter) * random.uniform(0.5, 1.5)  # noqa: S311
            await self._update(letter, due_at=datetime.now(UTC) + wait)
        return False

    async def _composed(self, kind: str, facts: dict[str, Any]) -> Text | None:
        text = self._composers[kind](self._settings, **facts)
        return await text if inspect.isawaitable(text) else text

    def _message(self, letter: Letter, text: Text) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._settings.mail_from
        message["To"] = text.to
        message["Subject"] = text.subject
        message["Date"] = letter.created_at
        message["Message-ID"] = f"<{letter.id}@{parseaddr(self._settings.mail_from)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice should answer
        message.set_content(text.text)
        message.add_alternative(text.html, subtype="html")
        return message

    async def _delay(self, letter: Letter, error: Exception) -> None:
        why = str(error) if isinstance(error, Delayed) else f"{type(error).__name__}: {error}"
        if _is_old(letter):
            await self._bury(letter, f"given up after a day: {why}")
            return
        back_off = _back_off(letter) * random.uniform(0.8, 1.2)  # noqa: S311
        await self._update(letter, due_at=datetime.now(UTC) + back_off, last_error=why)
        unexpected = None if isinstance(error, Delayed) else error
        log.warning("letter_delayed", error=why, seconds=back_off.seconds, exc_info=unexpected)

    async def _bury(self, letter: Letter, why: str) -> None:
        await self._update(letter, due_at=None, died_at=datetime.now(UTC), sealed_text=None, last_error=why)
        log.error("letter_died", error=why)

    async def _update(self, letter: Letter, **values: Any) -> None:
        """Write to the row, unless the lease has passed to somebody else."""
        await Letter.filter(id=letter.id, attempts=letter.attempts).update(**values)


def _is_old(letter: Letter) -> bool:
    return datetime.now(UTC) - letter.created_at > GIVE_UP


def _back_off(letter: Letter) -> timedelta:
    return FIRST_BACK_OFF * 2.0 ** min(letter.attempts - 1, DOUBLINGS)


def _recipient(facts: dict[str, Any]) -> str:
    return str(facts.get("to") or facts["email"])


def _facts(letter: Letter) -> dict[str, Any]:
    return {"letter_id": str(letter.id), "kind": letter.kind, "user_id": letter.user_id and str(letter.user_id)}
