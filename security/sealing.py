"""Sealing: what has to be read back, bound to where it belongs."""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"  # of the form: version, nonce, ciphertext with its tag
NONCE_BYTES = 12  # NIST SP 800-38D §8.2.2: drawn by chance, for up to 2³² texts of one key
SEPARATOR = "/"


class Seal:
    """AES-256-GCM by the first of the keys (32 bytes each), which opens what any of them has sealed.

    What a text belongs to (its table, its row, its owner) is sealed along with it: in another's row it does not open.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = [AESGCM(key) for key in keys]

    def seal(self, text: bytes, *belongs_to: object) -> bytes:
        """The sealed text."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._ciphers[0].encrypt(nonce, text, _associated(belongs_to))

    def open(self, sealed: bytes, *belongs_to: object) -> bytes:
        """The text. Raises ValueError where none of the keys has sealed it, or not for there."""
        for cipher in self._ciphers:
            text = _opened(cipher, sealed, belongs_to)
            if text is not None:
                return text
        raise ValueError("none of the keys opens it here")

    def resealed(self, sealed: bytes, *belongs_to: object) -> bytes | None:
        """The same text by the first key; None where that is what has sealed it. Raises ValueError as `open` does."""
        if _opened(self._ciphers[0], sealed, belongs_to) is not None:
            return None
        return self.seal(self.open(sealed, *belongs_to), *belongs_to)


def _opened(cipher: AESGCM, sealed: bytes, belongs_to: tuple[object, ...]) -> bytes | None:
    nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if sealed[:1] != VERSION or len(nonce) < NONCE_BYTES:
        return None
    try:
        return cipher.decrypt(nonce, rest, _associated(belongs_to))
    except InvalidTag:
        return None


def _associated(belongs_to: tuple[object, ...]) -> bytes:
    return SEPARATOR.join(map(str, belongs_to)).encode()
