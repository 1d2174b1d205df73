"""Hashes of other programs: taken up to what a login can pay for, and refused where none could verify them"""

import base64
from typing import Any

import pytest

from resolvers import importing
from security.hash_forms import Firebase, known_form
from tests.cli.hashes import FIREBASE, FIREBASE_ACCOUNT, SALT, in_base64

SALT_64 = base64.b64encode(SALT).decode().rstrip("=")
DIGEST_64 = base64.b64encode(bytes(32)).decode().rstrip("=")
DEAR = "too much memory or time"


def argon2(kib: int = 64, passes: int = 2, lanes: int = 1) -> str:
    return f"$argon2id$v=19$m={kib},t={passes},p={lanes}${SALT_64}${DIGEST_64}"


def scrypt(log_n: int = 14, block_size: int = 8, lanes: int = 1) -> str:
    return f"$scrypt$ln={log_n},r={block_size},p={lanes}${SALT_64}${DIGEST_64}"


def pbkdf2(rounds: int = 1000, salt: str = SALT_64) -> str:
    return f"$pbkdf2-sha256${rounds}${salt}${DIGEST_64}"


def bcrypt(cost: int) -> str:
    return f"$2b${cost:02}${'a' * 21}u{'a' * 30}u"


def mistake(password_hash: Any, firebase: Firebase | None = None, **more: Any) -> str:
    """Why an account with this hash is not taken; empty where it is."""
    account = {"email": "ann@example.com", "password_hash": password_hash, **more}
    try:
        importing.account_of(account, firebase, all_confirmed=True)
    except importing.Mistake as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("dearest", "dearer"),
    [
        (argon2(kib=262_144), argon2(kib=262_145)),
        (argon2(passes=16), argon2(passes=17)),
        (argon2(kib=1024, lanes=16), argon2(kib=1024, lanes=17)),
        (scrypt(17, 16), scrypt(17, 17)),
        (scrypt(21, 1), scrypt(22, 1)),
        (scrypt(lanes=16), scrypt(lanes=17)),
        (pbkdf2(5_000_000), pbkdf2(5_000_001)),
        (bcrypt(15), bcrypt(16)),
        (f"bcrypt_sha256${bcrypt(15)}", f"bcrypt_sha256${bcrypt(16)}"),
    ],
)
def test_what_a_hash_may_cost_is_taken_and_one_step_more_is_not(dearest: str, dearer: str) -> None:
    assert mistake(dearest) == ""
    assert DEAR in mistake(dearer)


def keycloaks(algorithm: str = "argon2", digest: bytes = bytes(32), **data: Any) -> dict[str, Any]:
    """A credential whose parts are objects, as an export may have them, too."""
    more = {"memory": ["64"], "parallelism": ["1"]}
    credential = {"algorithm": algorithm, "hashIterations": 2, "additionalParameters": more, **data}
    return {"credentialData": credential, "secretData": {"salt": SALT_64 + "==", "value": in_base64(digest)}}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"credentialData": "{}", "secretData": "{}"},
        {"credentialData": "7", "secretData": "7"},
        {"credentialData": None, "secretData": None},
        keycloaks(hashIterations=None),
        keycloaks(hashIterations=float("inf")),
        keycloaks(additionalParameters=[]),
        keycloaks(additionalParameters={}),
        keycloaks(additionalParameters={"memory": [], "parallelism": []}),
        keycloaks(additionalParameters={"memory": ["64"], "parallelism": ["1"], "version": ["2.0"]}),
    ],
)
def test_what_is_no_credential_of_keycloaks_is_told_and_ends_no_import(wrong: dict[str, Any]) -> None:
    assert mistake(wrong) == "password_hash: this is no credential of Keycloak's"


@pytest.mark.parametrize(
    ("more", "begins"),
    [
        ({}, "$argon2id$v=19$m=64,t=2,p=1$"),
        ({"type": ["d"], "version": ["1.0"]}, "$argon2d$m=64,t=2,p=1$"),
    ],
)
def test_keycloaks_argon2_is_known_by_its_type_and_version(more: dict[str, Any], begins: str) -> None:
    given = keycloaks(additionalParameters={"memory": ["64"], "parallelism": ["1"], **more})
    assert known_form(given).startswith(begins)


@pytest.mark.parametrize(("algorithm", "least"), [("pbkdf2", 20), ("pbkdf2-sha256", 32), ("pbkdf2-sha512", 64)])
def test_a_digest_may_be_longer_than_what_is_compared_and_not_shorter(algorithm: str, least: int) -> None:
    whole = bytes(range(least))
    known = known_form(keycloaks(algorithm, whole))
    assert known == known_form(keycloaks(algorithm, whole + b"more"))
    assert mistake(keycloaks(algorithm, whole[:-1])) == "password_hash: the hash is not whole"


def test_base64_for_addresses_is_read_and_what_is_none_is_refused() -> None:
    """Firebase's own command exports the one, its console the other."""
    parameters: dict[str, Any] = FIREBASE
    firebase, (given, salt) = Firebase(**parameters), FIREBASE_ACCOUNT.values()
    for_addresses, salt_for_addresses = (text.replace("+", "-").replace("/", "_") for text in (given, salt))
    assert for_addresses != given
    assert known_form(for_addresses, salt_for_addresses, firebase) == known_form(given, salt, firebase)
    assert "base64" in mistake(given.replace("l", "l!", 1), firebase, salt=salt)


@pytest.mark.parametrize(
    "broken",
    [
        argon2().rpartition("$")[0],
        scrypt().rpartition("$")[0],
        pbkdf2().rpartition("$")[0],
        bcrypt(4)[:-1],
        pbkdf2(salt="A" * 192),
        pbkdf2(salt="é" * 16),
        f"$firebase{argon2()}",
        f"$firebase{pbkdf2()}",
        f"{'0' * 32}:{'0' * 127}",
        f"{'0' * 32}:{'0' * 128}0",
        "pbkdf2_sha256$1000$$" + in_base64(bytes(32)),
        "pbkdf2_sha256$1000$salt$" + in_base64(bytes(31)),
        "argon2$",
        "$2b$04$",
        "$",
    ],
)
def test_what_no_login_could_verify_is_no_hash(broken: str) -> None:
    assert mistake(broken).startswith("password_hash: ")


def test_a_hash_may_be_as_long_as_its_column() -> None:
    longest = pbkdf2(salt="A" * 191)
    assert (len(longest), mistake(longest)) == (255, "")
