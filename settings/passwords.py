"""What a password has to be, and what it costs to hash one."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from settings.lifetimes import Lifetime
from settings.processes import ProcessSettings


def _known_or_there(value: str | Path) -> str | Path:
    if isinstance(value, Path) and not value.is_file():
        raise ValueError("should be off, api, or a file that exists")
    return value


Breached = Annotated[Literal["off", "api"] | Path, AfterValidator(_known_or_there)]


class PasswordSettings(ProcessSettings):
    """Passwords and their hashes, whose workers the processes share."""

    password_min_length: int = Field(
        8, ge=8, le=64, description="characters (NIST asks for 15 where nothing else protects)"
    )
    password_min_score: int = Field(2, ge=0, le=4, description="the zxcvbn score that a password needs, 0 to 4")
    breached_passwords: Breached = Field(
        "off",
        description="refuse passwords that are known from breaches: api asks api.pwnedpasswords.com, which learns five "
        "digits of a hash; a file that `postern breached-file` has made needs no network",
    )
    argon2_memory_kib: int = Field(19 * 1024, ge=8, description="memory of one hash (OWASP: 19 MiB)")
    argon2_time_cost: int = Field(2, ge=1, description="passes of one hash (OWASP: 2)")
    argon2_parallelism: int = Field(1, ge=1, description="lanes of one hash (OWASP: 1)")
    hash_workers: int | None = Field(
        None,
        ge=1,
        description="passwords hashed at the same time (default: one a core, within a quarter of the memory)",
    )
    hash_wait: Lifetime = Field(timedelta(seconds=5), description="how long one may queue for that before a 503")
