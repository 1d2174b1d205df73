"""The keys: a secret for what only we read, a ring of key pairs for what others verify."""

import base64
import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt.algorithms import get_default_algorithms

from settings import KeySettings

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


class KeyRing:
    """The key pairs of the access tokens: the first signs, all verify, so that keys change without a gap.

    Raises ValueError where SIGNING_KEYS holds no private key that fits TOKEN_ALGORITHM, or DATA_DIR cannot keep one.
    """

    def __init__(self, settings: KeySettings) -> None:
        self.algorithm = settings.token_algorithm
        file = settings.data_dir / f"signing-key-{self.algorithm}.pem"
        given = settings.signing_keys
        pem = given.get_secret_value() if given else _kept(file, lambda: new_key(self.algorithm))
        keys = [_loaded(text, self.algorithm) for text in PEM.findall(pem)]
        if not keys:
            raise ValueError("SIGNING_KEYS holds no private key in PEM")
        self.signing_key = keys[0]
        self.kid = self._kid(keys[0].public_key())
        self.public_keys: dict[str, PublicKey] = {self._kid(key.public_key()): key.public_key() for key in keys}

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys as a JSON Web Key Set (RFC 7517)."""
        extra = {"alg": self.algorithm, "use": "sig"}
        return {"keys": [{**self._jwk(key), "kid": kid, **extra} for kid, key in self.public_keys.items()]}

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
    return (
        NEW_KEYS[algorithm]()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


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
