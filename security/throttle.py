"""Throttling: how often may be tried what, counted for all processes in Redis, for one in its memory."""

import hmac
import ipaddress
import math
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, TypeVar

import structlog
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

import metrics
from errors import TooManyAttempts
from settings import ThrottleSettings

WITHOUT_REDIS_SECONDS = 5.0  # before it is tried again
TRIES_PER_WEBHOOK = "30 per minute"  # that somebody asks for by hand: they may name an address that is not theirs
CLEANING_SECONDS = 60.0  # between two looks through all that is counted in memory

T = TypeVar("T")
log = structlog.get_logger()


class Throttle:
    """Counts attempts in moving windows, atomically: of any number at once exactly the allowed ones get through.

    Where Redis is lost, each process counts for itself until it is back. What is counted is an address of somebody:
    it is known only by its HMAC with `naming_key` (32 bytes), which all processes have to share.
    """

    def __init__(self, settings: ThrottleSettings, naming_key: bytes) -> None:
        self._naming_key = naming_key
        self._rules = {
            "login_per_account": parse(settings.login_limit_per_account),
            "login_per_device": parse(settings.login_limit_per_device),
            "password_per_session": parse(settings.login_limit_per_device),
            "second_factor_per_account": parse(settings.second_factor_limit),
            "login_per_address": parse(settings.login_limit_per_address),
            "leaving_per_address": parse(settings.leaving_limit_per_address),
            "codes_per_account": parse(settings.login_code_limit),
            "codes_per_device": parse(settings.login_code_limit),
            "codes_per_session": parse(settings.login_code_limit),
            "mail_per_address": parse(settings.mail_limit_per_address),
            "mail_per_recipient": parse(settings.mail_limit_per_recipient),
            "links_per_address": parse(settings.link_limit_per_address),
            "tries_per_webhook": parse(TRIES_PER_WEBHOOK),
        }
        for rule in self._rules:
            metrics.throttled.expect(rule)
        self._memory = MovingWindowRateLimiter(_Memory())
        self._redis = _in_redis(settings.redis_url.get_secret_value()) if settings.redis_url else None
        self._without_redis_until = 0.0

    @property
    def redis_lost(self) -> bool:
        """Whether this process counts for itself though it should count with others."""
        return bool(self._without_redis_until)

    async def attempt(self, rule: str, key: str) -> None:
        """Counts one attempt. Raises TooManyAttempts where it is one too many: that one is not counted."""
        if wait_seconds := await self.wait_seconds(rule, key):
            metrics.throttled.add(rule)
            log.warning("throttled", rule=rule, retry_after=wait_seconds)
            raise TooManyAttempts(wait_seconds)

    async def wait_seconds(self, rule: str, key: str) -> int:
        """Counts one attempt and gives 0, or the whole seconds after which there is room for it."""
        item, name = self._rules[rule], self._name(key)

        async def count(limiter: MovingWindowRateLimiter) -> int:
            if await limiter.hit(item, rule, name):
                return 0
            window = await limiter.get_window_stats(item, rule, name)
            return max(1, math.ceil(window.reset_time - time.time()))

        return await self._counted(count)

    async def forgive(self, rule: str, key: str) -> None:
        """Forgets the attempts so far: the last one was the owner's."""
        await self._counted(lambda limiter: limiter.clear(self._rules[rule], rule, self._name(key)))

    async def check_redis(self) -> None:
        """Notice now where Redis is lost, rather than with the first attempt; counts nothing."""
        rule, item = next(iter(self._rules.items()))
        await self._counted(lambda limiter: limiter.get_window_stats(item, rule, self._name("")))

    async def close(self) -> None:
        """Give back the connections to Redis."""
        if self._redis:
            await self._redis.close()

    def _name(self, key: str) -> str:
        return hmac.digest(self._naming_key, key.encode(), "sha256").hex()

    async def _counted(self, work: Callable[[MovingWindowRateLimiter], Awaitable[T]]) -> T:
        if self._redis and time.monotonic() >= self._without_redis_until:
            try:
                result = await work(self._redis.limiter)
            except self._redis.lost as error:
                self._lost(error)
                await self._redis.drop_idle()
            else:
                self._found()
                return result
        return await work(self._memory)

    def _lost(self, error: Exception) -> None:
        if not self._without_redis_until:
            log.error("throttle_redis_lost", error=f"{type(error).__name__}: {error}")
        self._without_redis_until = time.monotonic() + WITHOUT_REDIS_SECONDS

    def _found(self) -> None:
        if self._without_redis_until:
            log.warning("throttle_redis_back")
        self._without_redis_until = 0.0


def address_block(ip_address: str | None) -> str:
    """What one subscriber holds: an IPv4 address, or an IPv6 /64 (RFC 6177 §2)."""
    try:
        address = ipaddress.ip_address(ip_address or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address)


class _Memory(MemoryStorage):
    _cleaned_at = 0.0

    async def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802 - the library's private name
        """Forget what is over, now and then. The library's own looks through every key at nearly every attempt."""
        if time.monotonic() - self._cleaned_at > CLEANING_SECONDS:
            self._cleaned_at = time.monotonic()
            await super()._MemoryStorage__schedule_expiry()  # type: ignore[misc]

    async def clear(self, key: str) -> None:
        """Forget what was counted. The library's own takes the key from under its cleaner."""
        async with self.locks[key]:
            self.events[key] = []


def _in_redis(url: str) -> Any:
    """The RedisWindows at `url`, whose module most servers do without."""
    return import_module("security.redis_windows").RedisWindows(url)
