"""The outbox: letters are written with the rows they tell of, and delivered afterwards (`mail.delivery`)."""

import asyncio
import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

import tracing
from database import after_commit
from mail.letters import KINDS, Posting
from models import Letter, User


class Outbox:
    """Letters on their way. The first of `sealing_keys` (32 bytes each) encrypts their facts at rest, all decrypt."""

    def __init__(self, sealing_keys: Sequence[bytes]) -> None:
        seals = [Fernet(base64.urlsafe_b64encode(key)) for key in sealing_keys]
        self._present_seal, self._seal = seals[0], MultiFernet(seals)
        self.woken = asyncio.Event()

    async def post(self, posting: Posting, user: User | None = None) -> UUID:
        """Writes a letter into the open transaction, and gives back its id; `user` is whose account it is about."""
        now = datetime.now(UTC)
        sealed = self._seal.encrypt(json.dumps(posting.facts()).encode())
        letter = await Letter.create(
            kind=posting.kind, user=user, sealed_text=sealed, created_at=now, due_at=now, trace=tracing.context()
        )
        after_commit(self.woken.set)
        return letter.id

    def opened(self, letter: Letter) -> Posting:
        """What was posted."""
        return KINDS[letter.kind](**json.loads(self._seal.decrypt(letter.sealed_text or b"")))

    def resealed(self, sealed_text: bytes) -> bytes | None:
        """The same text by the first key; None where that is what has sealed it. Raises ValueError where none has."""
        try:
            self._present_seal.decrypt(sealed_text)
        except InvalidToken:
            pass
        else:
            return None
        try:
            return self._seal.rotate(sealed_text)
        except InvalidToken:
            raise ValueError("none of the keys opens it") from None
