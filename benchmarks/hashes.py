"""The passwords' hashes of those that are compared, each alone: what a login cannot go below."""

import hashlib
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from argon2.low_level import Type, hash_secret_raw

from settings import Settings

TRIES = 10
SALT = os.urandom(16)
PASSWORD = b"a quiet gate at dusk"


@dataclass(frozen=True)
class Hash:
    """One of them, by its name and parameters."""

    name: str
    compute: Callable[[], object]

    def milliseconds(self) -> float:
        """What one takes of the processor, all threads together: the median of several."""
        times = []
        for _ in range(TRIES):
            started = time.process_time()
            self.compute()
            times.append((time.process_time() - started) * 1000)
        return statistics.median(times)


def argon2id(memory_kib: int, passes: int, lanes: int) -> Hash:
    """Argon2id (RFC 9106)."""
    name = f"Argon2id, {memory_kib / 1024:.0f} MiB, t={passes}, p={lanes}"
    return Hash(name, lambda: hash_secret_raw(PASSWORD, SALT, passes, memory_kib, lanes, 32, Type.ID))


def scrypt(n: int, r: int, p: int) -> Hash:
    """Scrypt (RFC 7914)."""
    memory = 2 * 128 * n * r
    name = f"scrypt, N={n}, r={r}, p={p}"
    return Hash(name, lambda: hashlib.scrypt(PASSWORD, salt=SALT, n=n, r=r, p=p, dklen=64, maxmem=memory))


_USUAL = {
    name: int(Settings.model_fields[f"argon2_{name}"].default) for name in ("memory_kib", "time_cost", "parallelism")
}
POSTERN = argon2id(*_USUAL.values())
PWDLIB = argon2id(65536, 3, 4)  # argon2-cffi's defaults, which fastapi-users takes by way of pwdlib
BETTER_AUTH = scrypt(16384, 16, 1)
