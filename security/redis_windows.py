"""Moving windows in Redis, for all processes. Imported only where REDIS_URL asks for it: starting is dear enough."""

from contextlib import suppress
from typing import Any

from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError

REDIS_CONNECTIONS = 10
REDIS_SECONDS = 3.0  # for a free connection, for connecting, and for each answer


class RedisWindows:
    """A limiter that counts in the Redis at `url`, and what it raises where that is lost."""

    lost = (RedisError, OSError, TimeoutError)

    def __init__(self, url: str) -> None:
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=REDIS_CONNECTIONS,
            timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            socket_timeout=REDIS_SECONDS,
            # Redis may have been restarted since the connection was used: only where a new one fails too is it lost.
            retry=Retry(NoBackoff(), 1, (ConnectionLost,)),
        )
        options: dict[str, Any] = {"connection_pool": self._pool}
        storage = RedisStorage("async+redis://", implementation="redispy", key_prefix="postern", **options)
        self.limiter = MovingWindowRateLimiter(storage)

    async def drop_idle(self) -> None:
        """Forget the connections that are kept: where one has died the others may have too, and each would say so."""
        with suppress(*self.lost):
            await self._pool.disconnect(inuse_connections=False)

    async def close(self) -> None:
        """Give back the connections."""
        await self._pool.aclose()
