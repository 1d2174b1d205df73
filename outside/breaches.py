"""Whether a password is known from a breach: asked of a file, or of a service that does not learn the password."""

import hashlib
import re
from pathlib import Path

import anyio.to_thread

from outside.answers import Client, NoAnswer
from security.breached import BreachedFile
from settings import PasswordSettings

RANGES = "https://api.pwnedpasswords.com/range/"
TOLD = 5  # digits of the SHA-1 that the service is told: some hundred thousand passwords share them
WITHIN_SECONDS = 1.0
LINE = re.compile(rb"([0-9A-Fa-f]{35}):([0-9]{1,15})")
OK = 200


class Breaches:
    """What BREACHED_PASSWORDS says."""

    def __init__(self, settings: PasswordSettings, client: Client | None) -> None:
        """Raises ValueError where the file is none of ours, or cannot be read."""
        known = settings.breached_passwords
        self._client = client if known == "api" else None
        self._file = _opened(known) if isinstance(known, Path) else None

    async def know(self, password: str) -> bool:
        """Whether the password is among them. Raises NoAnswer where the service does not say so within a second."""
        sha1 = hashlib.sha1(password.encode(), usedforsecurity=False)
        if self._file:  # in a thread, since it may have to wait for a disk
            return await anyio.to_thread.run_sync(self._file.holds, sha1.digest())
        return self._client is not None and await _among(self._client, sha1.hexdigest().upper())


def _opened(path: Path) -> BreachedFile:
    try:
        return BreachedFile(path)
    except ValueError as error:
        raise ValueError(f"BREACHED_PASSWORDS {error}") from None
    except OSError as error:
        raise ValueError(f"BREACHED_PASSWORDS cannot be read: {error.strerror}") from None


async def _among(client: Client, sha1: str) -> bool:
    """Padding, which hides by its length which range was asked for, comes with a count of zero."""
    answer = await client.ask(RANGES + sha1[:TOLD], headers={"Add-Padding": "true"}, within=WITHIN_SECONDS)
    if answer.status != OK:
        raise NoAnswer(f"status {answer.status}")
    lines = [LINE.fullmatch(line) for line in answer.body.split()]
    if not lines or not all(lines):
        raise NoAnswer("is no list of hashes")
    rest = sha1[TOLD:].encode()
    return any(line[1].upper() == rest and int(line[2]) > 0 for line in lines if line)
