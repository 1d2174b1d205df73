"""The outbox: letters are written with the rows they tell of, and delivered afterwards (`mail.delivery`)."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from uuid import UUID

from cryptography.fernet import Fernet

from database import after_commit
from mail.letters import KINDS, Posting
from models import Letter, User


class Outbox:
    """Letters on their way. `sealing_key` (32 bytes) encrypts their facts at rest."""

    def __init__(self, sealing_key: bytes) -> None:
        self._seal = Fernet(base64.urlsafe_b64encode(sealing_key))
        self.woken = asyncio.Event()

    async def post(self, posting: Posting, user: User | None = None) -> UUID:
        """Writes a letter into the open transaction, and gives back its id; `user` is whose account it is about."""
        now = datetime.now(UTC)
        sealed = self._seal.encrypt(json.dumps(posting.facts()).encode())
        letter = await Letter.create(kind=posting.kind, user=user, sealed_text=sealed, created_at=now, due_at=now)
        after_commit(self.woken.set)
        return letter.id

    def opened(self, letter: Letter) -> Posting:
        """What was posted."""
        return KINDS[letter.kind](**json.loads(self._seal.decrypt(letter.sealed_text or b"")))
