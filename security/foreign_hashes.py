"""Hashes that other programs have made: which of them can be verified, and at what cost. Few servers need it."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from passlib.hash import argon2, bcrypt, django_bcrypt_sha256, pbkdf2_sha1, pbkdf2_sha256, pbkdf2_sha512, scrypt

FIREBASE = "$firebase"  # before what is otherwise a hash of scrypt's
WRITTEN = re.compile(r"[\w$,=./+-]{1,255}", re.ASCII)  # what it is written with, and the length of its column
BCRYPT_BYTES = 72  # what is longer counts for nothing there, and the library refuses it
MOST_KIB = 256 * 1024  # that one hash may take
MOST_PASSES, MOST_LANES = 16, 16
MOST_ROUNDS = 5_000_000  # of PBKDF2: OWASP asks for 1,400,000 with SHA-1, Django 6.0 takes 1,200,000 with SHA-256
HIGHEST_COST = 15  # of bcrypt, each one twice the work of the one before: a second or two


def _argon2_cost(known: Any) -> bool:
    return bool(known.memory_cost <= MOST_KIB and known.rounds <= MOST_PASSES and known.parallelism <= MOST_LANES)


def _scrypt_cost(known: Any) -> bool:
    return bool(128 * 2**known.rounds * known.block_size <= MOST_KIB * 1024 and known.parallelism <= MOST_LANES)


def _pbkdf2_cost(known: Any) -> bool:
    return bool(known.rounds <= MOST_ROUNDS)


def _bcrypt_cost(known: Any) -> bool:
    return bool(known.rounds <= HIGHEST_COST)


KINDS: Mapping[str, tuple[Any, Callable[[Any], bool]]] = {
    "$argon2": (argon2, _argon2_cost),
    "$2": (bcrypt, _bcrypt_cost),
    "bcrypt_sha256$": (django_bcrypt_sha256, _bcrypt_cost),
    "$pbkdf2-sha256$": (pbkdf2_sha256, _pbkdf2_cost),
    "$pbkdf2-sha512$": (pbkdf2_sha512, _pbkdf2_cost),
    "$pbkdf2$": (pbkdf2_sha1, _pbkdf2_cost),
    "$scrypt$": (scrypt, _scrypt_cost),
}


def checked(password_hash: str) -> str:
    """The hash, where a login can verify it. Raises ValueError where none can, or it would take too long."""
    password_hash = password_hash.replace("$v=16$", "$", 1)  # the library knows Argon2 1.0 by its having no number
    handler, is_cheap = _kind(password_hash)
    try:
        known = handler.from_string(password_hash.removeprefix(FIREBASE))
        if handler is django_bcrypt_sha256:
            known = bcrypt.from_string(password_hash.removeprefix("bcrypt_sha256$"))
    except TypeError as error:  # as the library says of base64
        raise ValueError(str(error)) from None
    if not known.checksum or not WRITTEN.fullmatch(password_hash):
        raise ValueError("the hash is not whole")
    if handler is argon2 and known.to_string() != password_hash:  # a login would stumble over it
        raise ValueError("the hash is not whole")
    if not is_cheap(known):
        raise ValueError("to verify this hash would take too much memory or time")
    return password_hash


def verify(password: str, password_hash: str) -> bool:
    """Whether the hash is the password's."""
    if password_hash.startswith(FIREBASE):
        return _is_firebases(password.encode(), scrypt.from_string(password_hash.removeprefix(FIREBASE)))
    handler, _ = _kind(password_hash)
    return bool(handler.verify(password.encode()[:BCRYPT_BYTES] if handler is bcrypt else password, password_hash))


def _is_firebases(password: bytes, known: Any) -> bool:
    """Firebase encrypts a key of its project by scrypt's output (AES-256-CTR), of which the key stream is kept here."""
    n, r, p = 2**known.rounds, known.block_size, known.parallelism
    key = hashlib.scrypt(password, salt=known.salt, n=n, r=r, p=p, dklen=32, maxmem=2 * MOST_KIB * 1024)
    stream = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(bytes(len(known.checksum)))
    return hmac.compare_digest(stream, known.checksum)


def _kind(password_hash: str) -> tuple[Any, Callable[[Any], bool]]:
    told = password_hash.removeprefix(FIREBASE)
    known = next((kind for prefix, kind in KINDS.items() if told.startswith(prefix)), None)
    if known is None or (told != password_hash and known[0] is not scrypt):
        raise ValueError("this is no hash of a kind that is known here")
    return known
