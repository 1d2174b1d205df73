"""The keys: a secret for what only we read, a ring of key pairs for what others verify."""

import base64
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt.algorithms import get_default_algorithms

from settings import KeySettings

NEVER = float("inf")
PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
RSA_BITS = 2048  # RFC 7518 §3.3: the least for RS256

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

NEW_KEYS: dict[str, Callable[[], PrivateKey]] = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS),
}


class SecretKey:
    """The server's own secret; while it is being changed, several of them.

    Without SECRET_KEY, development makes one and keeps it in DATA_DIR. Raises ValueError where that cannot be.
    """

    def __init__(self, settings: KeySettings) -> None:
        self._secrets = settings.secret_keys or [_kept(settings.data_dir / "secret-key", secrets.token_hex)]

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, which tell nothing about those for another (RFC 5869)."""
        return self.derive_all(purpose)[0]

    def derive_all(self, purpose: str) -> list[bytes]:
        """The same from each key that there is: the first is what to seal and sign with, all open and verify."""
        return [
            HKDF(hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())
            for secret in self._secrets
        ]


@dataclass(frozen=True)
class KeyPair:
    """One of a ring's keys; it does not sign before `signs_from` (seconds since 1970)."""

    kid: str
    private: PrivateKey = field(repr=False)
    signs_from: float


class KeyRing:
    """The key pairs of the access tokens: one signs, all verify, so that keys change without a gap.

    It has those of SIGNING_KEYS, of which the first signs; where that says `database`, none until it is told.
    Raises ValueError where SIGNING_KEYS holds no private key that fits TOKEN_ALGORITHM, or DATA_DIR cannot keep one.
    """

    def __init__(self, settings: KeySettings) -> None:
        self.algorithm = settings.token_algorithm
        self._pairs: Sequence[KeyPair] = ()
        self.public_keys: dict[str, PublicKey] = {}
        if settings.keys_in_database:
            return
        file = settings.data_dir / f"signing-key-{self.algorithm}.pem"
        given = settings.signing_keys
        # An empty one is wrong: none of ours takes its place.
        text = _kept(file, lambda: new_key(self.algorithm)) if given is None else given.get_secret_value()
        pems = PEM.findall(text)
        if not pems:
            raise ValueError("SIGNING_KEYS holds no private key in PEM")
        self.hold([self.pair(pem, signs_from=NEVER if place else 0) for place, pem in enumerate(pems)])

    def pair(self, pem: str, *, signs_from: float) -> KeyPair:
        """The key of a PEM. Raises ValueError where it cannot be read, or does not fit TOKEN_ALGORITHM."""
        private = _loaded(pem, self.algorithm)
        return KeyPair(self._kid(private.public_key()), private, signs_from)

    def hold(self, pairs: Sequence[KeyPair]) -> None:
        """Hold these from now on, at least one: of those that may sign the last one does."""
        self._pairs = pairs
        if self.public_keys.keys() != {pair.kid for pair in pairs}:
            self.public_keys = {pair.kid: pair.private.public_key() for pair in pairs}

    @property
    def signing(self) -> KeyPair:
        """The one that signs now; the first, where a clock says that none may yet."""
        now = time.time()
        return next((pair for pair in reversed(self._pairs) if pair.signs_from <= now), self._pairs[0])

    @property
    def kid(self) -> str:
        """That of the key that signs now."""
        return self.signing.kid

    @property
    def signing_key(self) -> PrivateKey:
        """The key that signs now."""
        return self.signing.private

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys as a JSON Web Key Set (RFC 7517), that of the key that signs first."""
        extra, signing = {"alg": self.algorithm, "use": "sig"}, self.kid
        known = sorted(self.public_keys.items(), key=lambda item: item[0] != signing)
        return {"keys": [{**self._jwk(key), "kid": kid, **extra} for kid, key in known]}

    def _jwk(self, key: PublicKey) -> dict[str, Any]:
        jwk: dict[str, Any] = get_default_algorithms()[self.algorithm].to_jwk(key, as_dict=True)
        return {name: value for name, value in jwk.items() if name != "key_ops"}

    def _kid(self, key: PublicKey) -> str:
        """The key's thumbprint (RFC 7638)."""
        jwk = self._jwk(key)
        required = {name: jwk[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in jwk}
        digest = hashlib.sha256(json.dumps(required, sort_keys=True, separators=(",", ":")).encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _loaded(pem: str, algorithm: str) -> PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"SIGNING_KEYS holds a key that cannot be read: {error}") from None
    match algorithm, key:
        case "EdDSA", ed25519.Ed25519PrivateKey():
            return key
        case "ES256", ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()):
            return key
        case "RS256", rsa.RSAPrivateKey(key_size=bits) if bits >= RSA_BITS:
            return key
    raise ValueError(f"SIGNING_KEYS holds a key that does not fit TOKEN_ALGORITHM {algorithm}")


def new_key(algorithm: str) -> str:
    """A new private key in PEM."""
    return pem_of(NEW_KEYS[algorithm]())


def pem_of(key: PrivateKey) -> str:
    """A private key in PEM."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The text of a file that is made, for its owner's eyes only, where there is none yet."""
    try:
        if not path.exists():
            _keep(path, make())
        return path.read_text().strip()
    except OSError as error:
        raise ValueError(f"DATA_DIR cannot keep {path} ({error.strerror})") from None


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    try:
        os.link(draft, path)  # whole or not at all: of two processes the slower takes the other's key
    except FileExistsError:
        pass
    finally:
        draft.unlink()
