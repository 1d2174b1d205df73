"""Hashes of one password, made as other programs make them."""

import base64
import hashlib
import json
from functools import cache
from typing import Any

import bcrypt
from argon2.low_level import Type, hash_secret, hash_secret_raw

TYPED = "un mot de passe, trente-deux façons"
OTHER = "un autre mot de passe, sans façons"
SALT = b"sixteen of bytes"
# Of https://github.com/firebase/scrypt, whose README has them for everybody.
FIREBASE = {
    "signer_key": "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
    "salt_separator": "Bw==",
    "rounds": 8,
    "mem_cost": 14,
}
FIREBASE_PASSWORD = "user1password"
FIREBASE_ACCOUNT = {
    "password_hash": "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
    "salt": "42xEC+ixf3L2lw==",
}


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


@cache
def django(name: str = "sha256") -> str:
    """As django.contrib.auth.hashers.PBKDF2PasswordHasher."""
    digest = hashlib.pbkdf2_hmac(name, TYPED.encode(), b"salt", 1000)
    return f"pbkdf2_{name}$1000$salt${in_base64(digest)}"


def better_auth() -> str:
    """As better-auth/crypto: the salt is the text of its digits."""
    salt = SALT.hex()
    key = hashlib.scrypt(TYPED.encode(), salt=salt.encode(), n=16384, r=16, p=1, dklen=64, maxmem=2**26)
    return f"{salt}:{key.hex()}"


def keycloak(algorithm: str, name: str) -> dict[str, str]:
    """As a credential in an export of a realm: 512 bits of PBKDF2, whatever the hash."""
    value = hashlib.pbkdf2_hmac(name, TYPED.encode(), SALT, 1000, 64)
    return _credential(value, {"hashIterations": 1000, "algorithm": algorithm, "additionalParameters": {}})


def keycloak_argon2(version: str = "1.3", kind: Type = Type.ID) -> dict[str, str]:
    """Likewise, since Keycloak 24."""
    more = {"hashLength": ["32"], "memory": ["64"], "type": [kind.name.lower()], "version": [version]}
    more |= {"parallelism": ["1"]}
    number = {"1.0": 16, "1.3": 19}[version]
    value = hash_secret_raw(TYPED.encode(), SALT, 2, 64, 1, 32, kind, version=number)
    return _credential(value, {"hashIterations": 2, "algorithm": "argon2", "additionalParameters": more})


def _credential(value: bytes, data: dict[str, Any]) -> dict[str, str]:
    secret = {"value": in_base64(value), "salt": in_base64(SALT), "additionalParameters": {}}
    return {"type": "password", "credentialData": json.dumps(data), "secretData": json.dumps(secret)}


def all_kinds() -> dict[str, Any]:
    """One of each kind, by names for addresses."""
    plain = bcrypt.hashpw(TYPED.encode(), bcrypt.gensalt(4)).decode()
    digested = bcrypt.hashpw(hashlib.sha256(TYPED.encode()).hexdigest().encode(), bcrypt.gensalt(4)).decode()
    argon2 = hash_secret(TYPED.encode(), SALT, 2, 64, 1, 32, Type.ID).decode()
    first = hash_secret(TYPED.encode(), SALT, 2, 64, 1, 32, Type.D, version=16).decode()
    return {
        "argon2": argon2,
        "argon2-of-1.0": first,
        "argon2-of-django": f"argon2{argon2}",
        "bcrypt": plain,
        "bcrypt-of-php": plain.replace("$2b$", "$2y$"),
        "bcrypt-of-django": f"bcrypt${plain}",
        "bcrypt-sha256-of-django": f"bcrypt_sha256${digested}",
        "pbkdf2-of-django": django(),
        "sha1-of-django": django("sha1"),
        "better-auth": better_auth(),
        "keycloak": keycloak("pbkdf2-sha256", "sha256"),
        "keycloak-sha512": keycloak("pbkdf2-sha512", "sha512"),
        "keycloak-sha1": keycloak("pbkdf2", "sha1"),
        "keycloak-argon2": keycloak_argon2(),
        "keycloak-argon2-of-1.0": keycloak_argon2("1.0", Type.I),
    }
