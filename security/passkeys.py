"""Passkeys: what browsers are asked for, and what has to be true of their answers (WebAuthn L3)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID

from jwt.utils import base64url_encode

from security.ceremonies import LIFETIME
from settings import PasskeySettings

ALGORITHMS = (-8, -7, -257)  # of COSE: EdDSA, ES256, RS256 (WebAuthn L3 §5.4, pubKeyCredParams)
TIMEOUT = int(LIFETIME.total_seconds() * 1000)
UV = "required"  # a passkey alone is two factors: the device, and what unlocks it
Options = dict[str, Any]


@dataclass(frozen=True)
class Credential:
    """A passkey that browsers are told of: its id in base64url, and how it may be reached."""

    id: str
    transports: Sequence[str]

    def described(self) -> Options:
        """As `PublicKeyCredentialDescriptorJSON`."""
        return {"type": "public-key", "id": self.id, "transports": self.transports}


@dataclass(frozen=True)
class NewPasskey:
    """What an authenticator has made; `discoverable` is None where the browser does not say."""

    credential: Credential
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    discoverable: bool | None
    aaguid: UUID


@dataclass(frozen=True)
class Assertion:
    """What an authenticator has signed. `user_handle` is the id of whom it takes its owner for, where it says so."""

    sign_count: int
    backup_eligible: bool
    backed_up: bool
    user_handle: bytes | None


class Passkeys:
    """What this server asks browsers for, and takes from them: of its domain, from pages of its list of origins."""

    def __init__(self, settings: PasskeySettings) -> None:
        self.rp_id = settings.passkey_rp_id
        self._origins = list(settings.passkey_origins)
        self._name = settings.app_name
        self._library: Any = None

    def creation(
        self, challenge: bytes, user_id: UUID, email: str, name: str | None, known: list[Credential]
    ) -> Options:
        """For `parseCreationOptionsFromJSON`; what has one of the `known` makes no other."""
        user = {"id": _text(user_id.bytes), "name": email, "displayName": name or email}
        return {
            "rp": {"id": self.rp_id, "name": self._name},
            "user": user,
            "challenge": _text(challenge),
            "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
            "timeout": TIMEOUT,
            "excludeCredentials": [credential.described() for credential in known],
            "authenticatorSelection": {"residentKey": "preferred", "requireResidentKey": False, "userVerification": UV},
            "attestation": "none",
            "extensions": {"credProps": True},
        }

    def request(self, challenge: bytes, allowed: Sequence[Credential] = ()) -> Options:
        """For `parseRequestOptionsFromJSON`; where none is named, any that knows its owner will do."""
        return {
            "challenge": _text(challenge),
            "timeout": TIMEOUT,
            "rpId": self.rp_id,
            "allowCredentials": [credential.described() for credential in allowed],
            "userVerification": UV,
        }

    async def registered(self, answer: object, challenge: bytes) -> NewPasskey:
        """What the answer to `creation` has brought. Raises InvalidProof."""
        made: NewPasskey = (await self._answers()).registered(answer, challenge, self.rp_id, self._origins)
        return made

    async def asserted(self, answer: object, challenge: bytes, public_key: bytes) -> Assertion:
        """What the answer to `request` says, signed by this key. Raises InvalidProof."""
        answers = await self._answers()
        said: Assertion = answers.asserted(answer, challenge, self.rp_id, self._origins, public_key)
        return said

    async def _answers(self) -> Any:
        """Imported at the first answer, beside the others' requests: it takes a tenth of a second and six MiB."""
        if self._library is None:
            self._library = await asyncio.to_thread(import_module, "security.webauthn_answers")
        return self._library


def _text(value: bytes) -> str:
    return base64url_encode(value).decode()
