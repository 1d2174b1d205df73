"""Passwords: what is acceptable, and hashing off the event loop in a bounded pool."""

import asyncio
import math
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

import anyio
from passlib.context import CryptContext
from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE

import metrics
from errors import InputErrorCode, Unacceptable, Unavailable
from security import advice, machine
from settings import PasswordSettings

LONGEST_PASSWORD = 1024  # bytes: enough for any phrase, too little to keep a server busy
ZXCVBN_LIMIT = 48  # characters: its time grows with their cube, and beyond 72 it raises
OWN = "$argon2"  # how our hashes begin
MEMORY_SHARE = 4  # hashing may take a quarter of the memory
SMOOTHING = 0.1  # the weight of the newest of many times

T = TypeVar("T")

# zxcvbn tries all combinations of what a letter may be written as: 72 such characters kept it busy for seconds.
# One form a letter, the usual one, and its time grows with the length alone.
for letter, form in {"a": "@", "c": "(", "g": "9", "i": "1", "l": "1", "x": "%"}.items():
    L33T_TABLE[letter][:] = [form]
for forms in L33T_TABLE.values():
    forms[1:] = []
_zxcvbn_lock = threading.Lock()  # it keeps the words of the present caller in a table of the module


@dataclass(frozen=True)
class Verdict:
    """Which of the hashes is the password's (from 0), None for none; `new_hash` where its parameters are outdated."""

    fits: int | None = None
    new_hash: str | None = None


def _nobodys_hash(context: CryptContext) -> str:
    """A hash that is no password's and takes as long to verify: made up, not computed, which took a start's time."""
    scheme: Any = context.handler("argon2")
    return str(scheme(use_defaults=True, checksum=secrets.token_bytes(scheme.checksum_size)).to_string())


def _is_foreign(password_hash: str, normal: str, typed: str) -> bool:
    """Whether one that came with an import is the password's, which other programs hash as it was typed."""
    verify = import_module("security.foreign_hashes").verify
    return any(verify(form, password_hash) for form in dict.fromkeys((normal, typed)))


def usual_workers(settings: PasswordSettings) -> int:
    """How many hashes at a time suit one of our processes: one a core, as far as a quarter of the memory allows."""
    at_once = min(machine.cores(), machine.memory_kib() // MEMORY_SHARE // settings.argon2_memory_kib)
    return max(1, at_once // settings.web_concurrency)


class Passwords:
    """Argon2id with the parameters of the settings, a bounded number of hashes at a time."""

    def __init__(self, settings: PasswordSettings) -> None:
        self._context = CryptContext(
            schemes=["argon2"],
            argon2__type="ID",
            argon2__memory_cost=settings.argon2_memory_kib,
            argon2__time_cost=settings.argon2_time_cost,
            argon2__parallelism=settings.argon2_parallelism,
        )
        self._dummy_hash = _nobodys_hash(self._context)
        self._min_length = settings.password_min_length
        self._min_score = settings.password_min_score
        workers = settings.hash_workers or usual_workers(settings)
        self._threads = ThreadPoolExecutor(workers, "hashing", machine.yield_to_others)
        self._limiter = anyio.CapacityLimiter(workers)
        self._wait_seconds = settings.hash_wait.total_seconds()
        self._usual_seconds = 0.0  # that a place in the pool is taken for

    @property
    def workers(self) -> int:
        """How many passwords are worked on at the same time, at most."""
        return int(self._limiter.total_tokens)

    @property
    def busy(self) -> int:
        """How many are worked on now."""
        return self._limiter.borrowed_tokens

    @property
    def queue(self) -> int:
        """How many wait for their turn."""
        return self._limiter.statistics().tasks_waiting

    @property
    def overloaded(self) -> bool:
        """Whether who comes now would wait for longer than anybody may."""
        return self._expected_seconds > self._wait_seconds

    @property
    def _expected_seconds(self) -> float:
        return self.queue * self._usual_seconds / self._limiter.total_tokens

    async def accepted(self, password: str, own_words: list[str]) -> str:
        """The password in its normal form.

        `own_words` are what its owner typed elsewhere, which a guesser would try first.
        Raises Unacceptable, with advice where it is too easy to guess, Unavailable where the queue is too long.
        """
        normal = self._normal(password)
        if not normal:
            raise Unacceptable(InputErrorCode.REQUIRED, "input.required")
        if len(normal) < self._min_length:
            raise Unacceptable(InputErrorCode.TOO_SHORT, "input.too_short", count=self._min_length)
        await self._in_pool(lambda: self._check_guesses(normal, own_words))
        return normal

    async def hash(self, password: str) -> str:
        """The hash of an accepted password. Raises Unavailable where the queue is too long."""
        return await self._in_pool(lambda: str(self._context.hash(password)))

    async def verify(self, password: str, *hashes: str | None) -> Verdict:
        """The first hash that is the password's: the same work where there is none or the password cannot be one.

        Raises Unavailable where the queue is too long.
        """
        try:
            normal = self._normal(password)
        except Unacceptable:
            normal, hashes = "", (None,) * len(hashes)
        return await self._in_pool(lambda: self._verdict(normal, password, hashes))

    def _verdict(self, normal: str, typed: str, hashes: tuple[str | None, ...]) -> Verdict:
        for number, password_hash in enumerate(hashes):
            if password_hash and not password_hash.startswith(OWN):
                if _is_foreign(password_hash, normal, typed):
                    return Verdict(number, str(self._context.hash(normal)))
                continue
            right, new_hash = self._context.verify_and_update(normal, password_hash or self._dummy_hash)
            if right and password_hash:
                return Verdict(number, new_hash)
        return Verdict()

    def _normal(self, password: str) -> str:
        if len(password) > LONGEST_PASSWORD:  # first: normalising takes time that grows with the square of some texts
            raise Unacceptable(InputErrorCode.TOO_LONG, "input.password.too_long", count=LONGEST_PASSWORD)
        normal = unicodedata.normalize("NFKC", password)
        if "\0" in normal or any("\ud800" <= character <= "\udfff" for character in normal):
            raise Unacceptable(InputErrorCode.INVALID, "input.characters")
        if len(normal.encode()) > LONGEST_PASSWORD:
            raise Unacceptable(InputErrorCode.TOO_LONG, "input.password.too_long", count=LONGEST_PASSWORD)
        return normal

    def _check_guesses(self, password: str, own_words: list[str]) -> None:
        with _zxcvbn_lock:
            guessed = zxcvbn(password[:ZXCVBN_LIMIT], user_inputs=own_words)
        if guessed["score"] < self._min_score:
            feedback = guessed["feedback"]
            keys = advice.keys_of(feedback["warning"], *feedback["suggestions"])
            raise Unacceptable(InputErrorCode.TOO_EASY_TO_GUESS, "input.password.too_easy", *keys)

    async def _in_pool(self, work: Callable[[], T]) -> T:
        if self.overloaded:  # told at once, rather than kept waiting for the same answer
            raise Unavailable(math.ceil(self._expected_seconds))
        asked = time.monotonic()
        try:
            with anyio.fail_after(self._wait_seconds):
                await self._limiter.acquire()
        except TimeoutError:
            raise Unavailable(math.ceil(self._wait_seconds)) from None
        started = time.monotonic()
        metrics.password_wait_seconds.note(started - asked)
        try:
            done = asyncio.get_running_loop().run_in_executor(self._threads, work)
            with anyio.CancelScope(shield=True):  # a thread cannot be stopped: its place is taken until it is done
                await asyncio.wait([done])
            return done.result()
        finally:
            worked = time.monotonic() - started
            metrics.password_work_seconds.note(worked)
            self._usual_seconds += (worked - self._usual_seconds) * SMOOTHING
            self._limiter.release()
