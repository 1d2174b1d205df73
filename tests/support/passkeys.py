"""Passkeys, as a frontend asks for them, and an authenticator in software."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.utils import base64url_decode, base64url_encode

from tests.support.factors import ask
from tests.support.outbox import done_with
from tests.support.postern import Postern

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
SYNCED, DEVICE_BOUND = UP | UV | BE | BS, UP | UV
MESSAGE = "... on Problem { message }"
PASSKEY = "passkey { id name createdAt lastUsedAt backedUp discoverable }"
WRONG = "... on InvalidInput { errors { field code } }"
START_REGISTRATION = f"""mutation {{ startPasskeyRegistration {{ __typename
  ... on PasskeyRegistrationStarted {{ ceremony options expiresAt }}
  ... on StepUpNeeded {{ methods }} {WRONG} {MESSAGE} }} }}"""
ADD = f"""mutation ($input: AddPasskeyInput!) {{ addPasskey(input: $input) {{ __typename
  ... on PasskeyAdded {{ {PASSKEY} recoveryCodes }} {WRONG} ... on StepUpNeeded {{ methods }} {MESSAGE} }} }}"""
RENAME = f"""mutation ($input: RenamePasskeyInput!) {{ renamePasskey(input: $input) {{ __typename
  ... on PasskeyRenamed {{ {PASSKEY} }} {WRONG} {MESSAGE} }} }}"""
REMOVE_PASSKEY = f"""mutation ($input: RemovePasskeyInput!) {{ removePasskey(input: $input) {{ __typename
  ... on PasskeyRemoved {{ acceptedCredentialIds }} ... on StepUpNeeded {{ methods }} {MESSAGE} }} }}"""
START_LOGIN = f"""mutation {{ startPasskeyLogin {{ __typename
  ... on PasskeyLoginStarted {{ ceremony options expiresAt }} {MESSAGE} }} }}"""
LOGIN_WITH_PASSKEY = f"""mutation ($input: LoginWithPasskeyInput!) {{ loginWithPasskey(input: $input) {{ __typename
  ... on LoggedIn {{ accessToken refreshToken deviceToken user {{ id email }} }}
  ... on UnknownPasskey {{ rpId }} {MESSAGE} }} }}"""
PASSKEYS = "{ me { passkeys { id name createdAt lastUsedAt backedUp discoverable } } }"


def text(value: bytes) -> str:
    """In base64url, as JSON has it."""
    return base64url_encode(value).decode()


@dataclass
class SoftKey:
    """An authenticator with one key (ES256), which says whatever a test has it say."""

    flags: int = SYNCED
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: str | None = None
    origin: str = "http://postern.test"

    def cose(self) -> dict[int, Any]:
        """The public key (RFC 9053 §7.1)."""
        point = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}

    def create(self, options: dict[str, Any], *, says: dict[str, Any] | None = None, **lies: Any) -> dict[str, Any]:
        """The answer of `navigator.credentials.create`; `says` is more that the browser says."""
        self.user_handle = options["user"]["id"]
        length = len(self.credential_id).to_bytes(2, "big")
        key = cbor2.dumps(lies.pop("cose", self.cose()))
        made = lies.pop("aaguid", bytes(16)) + length + self.credential_id + key
        data = self._data(options["rp"]["id"], lies, AT) + made
        attestation = {"fmt": "none", "attStmt": {}, "authData": data} | lies.pop("attestation", {})
        response = {
            "clientDataJSON": text(self._client_data("webauthn.create", options, lies)),
            "attestationObject": text(cbor2.dumps(attestation)),
            "transports": lies.pop("transports", ["internal", "hybrid"]),
        }
        return self._answer(response, lies) | {"clientExtensionResults": {"credProps": {"rk": True}}} | (says or {})

    def get(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """The answer of `navigator.credentials.get`."""
        client_data = self._client_data(lies.pop("type", "webauthn.get"), options, lies)
        data = self._data(options["rpId"], lies)
        signed = data + hashlib.sha256(client_data).digest()
        response = {
            "clientDataJSON": text(client_data),
            "authenticatorData": text(data),
            "signature": text(lies.pop("signature", self.key.sign(signed, ec.ECDSA(SHA256())))),
            "userHandle": lies.pop("user_handle", self.user_handle),
        }
        return self._answer(response, lies)

    def _data(self, rp_id: str, lies: dict[str, Any], more: int = 0) -> bytes:
        flags, count = lies.pop("flags", self.flags) | more, lies.pop("count", self.count)
        rp_id_hash = hashlib.sha256(lies.pop("rp_id", rp_id).encode()).digest()
        return rp_id_hash + bytes([flags]) + int(count).to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | lies.pop("client", {})).encode()

    def _answer(self, response: dict[str, Any], lies: dict[str, Any]) -> dict[str, Any]:
        assert not lies, lies
        named = text(self.credential_id)
        return {"id": named, "rawId": named, "type": "public-key", "response": response, "clientExtensionResults": {}}


async def begun_registration(server: Postern, login: dict[str, Any]) -> dict[str, Any]:
    """The browser's part of adding one."""
    started = await ask(server, START_REGISTRATION, login)
    assert started["__typename"] == "PasskeyRegistrationStarted", started
    return started


async def add(
    server: Postern, login: dict[str, Any], key: SoftKey, lies: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """The answer to what an authenticator has made."""
    started = await begun_registration(server, login)
    credential = key.create(started["options"], **(lies or {}))
    return await server.do(ADD, login["accessToken"], ceremony=started["ceremony"], credential=credential, **more)


async def with_passkey(server: Postern, login: dict[str, Any], key: SoftKey | None = None, **more: Any) -> SoftKey:
    """A passkey of the account."""
    key = key or SoftKey()
    added = await add(server, login, key, **more)
    assert added["__typename"] == "PasskeyAdded", added
    await done_with("passkey_added")
    return key


async def begun_login(server: Postern) -> dict[str, Any]:
    """The browser's part of logging in."""
    return await server.do(START_LOGIN)


async def log_in(server: Postern, key: SoftKey, **lies: Any) -> dict[str, Any]:
    """The answer to a login with the passkey alone."""
    started = await begun_login(server)
    credential = key.get(started["options"], **lies)
    return await server.do(LOGIN_WITH_PASSKEY, ceremony=started["ceremony"], credential=credential)


def challenge_of(options: dict[str, Any]) -> bytes:
    """The bytes that are to be signed along."""
    return base64url_decode(options["challenge"])
