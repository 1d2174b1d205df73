"""The forms in which other programs export hashes, brought into those that the library reads."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from passlib.utils.binary import ab64_encode, b64s_encode

from security.foreign_hashes import FIREBASE, checked

BETTER_AUTH = re.compile(r"([0-9a-f]{32}):([0-9a-f]{128})")
DJANGO = re.compile(r"pbkdf2_(sha1|sha256)\$(\d{1,9})\$([^$]+)\$([A-Za-z0-9+/=]+)")
# What the library compares is the beginning of a longer one: blocks of PBKDF2, which ends scrypt too, are independent.
BYTES = {"pbkdf2": 20, "pbkdf2-sha256": 32, "pbkdf2-sha512": 64, "scrypt": 32}


@dataclass(frozen=True)
class Firebase:
    """The parameters of a project's hashes, as its console shows them; keys in base64."""

    signer_key: str = field(repr=False)
    salt_separator: str
    rounds: int
    mem_cost: int


def known_form(given: str | Mapping[str, Any], salt: str = "", firebase: Firebase | None = None) -> str:
    """A hash that a login can verify. Raises ValueError where this is none of a kind that is known, or too dear."""
    if firebase:
        return checked(_firebases(str(given), salt, firebase))
    if isinstance(given, Mapping) or given.startswith("{"):
        return checked(_keycloaks(given if isinstance(given, Mapping) else json.loads(given)))
    if found := BETTER_AUTH.fullmatch(given):
        # Its salt is the text itself, not the bytes that it stands for.
        return checked(_scrypt(14, 16, found[1].encode(), bytes.fromhex(found[2])))
    if found := DJANGO.fullmatch(given):
        name = "pbkdf2" if found[1] == "sha1" else "pbkdf2-sha256"
        return checked(_pbkdf2(name, int(found[2]), found[3].encode(), _bytes(found[4])))
    if given.startswith(("argon2$", "bcrypt$")):  # Django's word before what others write
        given = given.removeprefix("bcrypt$").removeprefix("argon2")
    return checked(given)


def _pbkdf2(name: str, rounds: int, salt: bytes, digest: bytes) -> str:
    return f"${name}${rounds}${ab64_encode(salt).decode()}${ab64_encode(_cut(name, digest)).decode()}"


def _scrypt(log_n: int, block_size: int, salt: bytes, digest: bytes) -> str:
    told = b64s_encode(salt).decode(), b64s_encode(_cut("scrypt", digest)).decode()
    return f"$scrypt$ln={log_n},r={block_size},p=1${told[0]}${told[1]}"


def _cut(name: str, digest: bytes) -> bytes:
    if len(digest) < BYTES[name]:
        raise ValueError("the hash is not whole")
    return digest[: BYTES[name]]


def _firebases(digest: str, salt: str, known: Firebase) -> str:
    encrypted, key = _bytes(digest), _bytes(known.signer_key)
    if len(encrypted) != len(key) or not salt:
        raise ValueError("this is no hash of that Firebase project")
    stream = bytes(a ^ b for a, b in zip(encrypted, key, strict=True))
    return FIREBASE + _scrypt(known.mem_cost, known.rounds, _bytes(salt) + _bytes(known.salt_separator), stream)


def _keycloaks(credential: Mapping[str, Any]) -> str:
    try:
        how, what = (_decoded(credential[name]) for name in ("credentialData", "secretData"))
        algorithm, rounds = str(how["algorithm"]), int(how["hashIterations"])
        salt, digest = _bytes(what["salt"]), _bytes(what["value"])
        if algorithm in BYTES:
            return _pbkdf2(algorithm, rounds, salt, digest)
        if algorithm == "argon2":
            more = {name: str(values[0]) for name, values in how["additionalParameters"].items()}
            version = {"1.0": 16, "1.3": 19}[more.get("version", "1.3")]
            cost = f"m={int(more['memory'])},t={rounds},p={int(more['parallelism'])}"
            told = b64s_encode(salt).decode(), b64s_encode(digest).decode()
            return f"$argon2{more.get('type', 'id')}$v={version}${cost}${told[0]}${told[1]}"
    except (KeyError, IndexError, TypeError, AttributeError, OverflowError):
        raise ValueError("this is no credential of Keycloak's") from None
    raise ValueError("this is no hash of a kind that is known here")


def _decoded(part: Any) -> Any:
    return json.loads(part) if isinstance(part, str) else part


def _bytes(text: str) -> bytes:
    return base64.b64decode(str(text), altchars=b"-_" if set("-_") & set(str(text)) else None, validate=True)
