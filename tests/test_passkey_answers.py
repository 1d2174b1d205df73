"""What browsers answer, damaged in every way: it is refused, and breaks nothing"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt.utils import base64url_decode
from webauthn import verify_registration_response

from errors import InvalidProof
from security import webauthn_answers
from security.ceremonies import new_challenge
from security.passkeys import Passkeys
from settings import Settings
from tests.support.passkeys import SoftKey, text

RP_ID, ORIGIN = "localhost", "http://localhost:8000"
CHALLENGE = new_challenge()
ASKING = Passkeys(Settings(_env_file=None))
KEY = SoftKey(origin=ORIGIN)
CREATED = KEY.create(ASKING.creation(CHALLENGE, uuid4(), "ann@example.com", None, []))
GOT = KEY.get(ASKING.request(CHALLENGE))
RESPONSE = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle", "transports"]
PARTS = ["id", "rawId", "type", "response", "clientExtensionResults", "authenticatorAttachment", *RESPONSE]

leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=60).map(text)
values = st.recursive(leaves, lambda deep: st.lists(deep, max_size=3) | st.dictionaries(st.text(max_size=5), deep))


def registered(answer: object) -> None:
    webauthn_answers.registered(answer, CHALLENGE, RP_ID, [ORIGIN])


def asserted(answer: object) -> None:
    webauthn_answers.asserted(answer, CHALLENGE, RP_ID, [ORIGIN], cbor2.dumps(KEY.cose()))


def with_bytes(content: bytes) -> list[tuple[Callable[[object], None], dict[str, Any]]]:
    """Good answers, each with these bytes in one of its places, and what reads it."""
    return [
        (read, whole | {"response": whole["response"] | {name: text(content)}})
        for read, whole in ((registered, CREATED), (asserted, GOT))
        for name in ("attestationObject", "authenticatorData", "clientDataJSON")
        if name in whole["response"]
    ]


@st.composite
def damaged(draw: st.DrawFn, whole: dict[str, Any]) -> dict[str, Any]:
    """An answer of which a few parts are something else, or lack characters, or have others."""
    answer = whole | {"response": dict(whole["response"])}
    for name in draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=3)):
        place = answer["response"] if name in RESPONSE and isinstance(answer["response"], dict) else answer
        good = place.get(name)
        if isinstance(good, str) and draw(st.booleans()):
            at = draw(st.integers(0, len(good)))
            place[name] = good[:at] + draw(st.sampled_from(["", "A", "_w", "=", "é", "\ud800"])) + good[at + 1 :]
        else:
            place[name] = draw(values)
    return answer


@settings(deadline=None, database=None)
@given(answer=damaged(CREATED) | damaged(GOT) | values)
def test_whatever_is_answered_is_refused_or_good(answer: object) -> None:
    for read in (registered, asserted):
        with suppress(InvalidProof):
            read(answer)


@settings(deadline=None, database=None)
@given(content=st.binary(max_size=200))
def test_no_bytes_in_place_of_what_is_signed_are_taken(content: bytes) -> None:
    for read, answer in with_bytes(content):
        with pytest.raises(InvalidProof):
            read(answer)


BOMBS = {
    "deep arrays": b"\x81" * 50_000,
    "deep maps": b"\xa1\x01" * 25_000,
    "an array that says it is huge": b"\x9b\x00\x00\x00\xff\xff\xff\xff\xff",
    "a text that says it is huge": b"\x7b\x00\x00\x00\xff\xff\xff\xff\xff",
    "a huge number": b"\xc2\x59\xff\xff" + b"\xff" * 65_535,
    "a decimal of a billion digits": b"\xc4\x82\x1a\x3b\x9a\xca\x00\x01",
    "a list that holds itself": b"\xd8\x1c\x81\xd8\x1d\x00",
    "a regular expression": b"\xd8\x23\x66(a+)+$",
    "deep JSON": b"[" * 50_000,
    "a long number in JSON": b"1" * 50_000,
    "anything": secrets.token_bytes(1_000),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_what_is_larger_than_it_looks_is_refused(bomb: bytes) -> None:
    auth_data = b"x" * 32 + b"\xc5" + bytes(4) + bytes(16) + b"\x00\x01i" + bomb
    for content in (bomb, auth_data, cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": auth_data})):
        for read, answer in with_bytes(content):
            with pytest.raises(InvalidProof):
                read(answer)


def test_the_same_answers_are_good_as_they_are() -> None:
    registered(CREATED)
    asserted(GOT)


def vouched_for(by: ec.EllipticCurvePrivateKey, *certificates: bytes) -> dict[str, Any]:
    """The registration with a signature, that of its own key or that of its maker (WebAuthn L3 §8.2)."""
    response = CREATED["response"]
    attestation = cbor2.loads(base64url_decode(response["attestationObject"]))
    signed = attestation["authData"] + hashlib.sha256(base64url_decode(response["clientDataJSON"])).digest()
    told = {"alg": -7, "sig": by.sign(signed, ec.ECDSA(hashes.SHA256()))} | (
        {"x5c": certificates} if certificates else {}
    )
    attestation |= {"fmt": "packed", "attStmt": told}
    return CREATED | {"response": response | {"attestationObject": text(cbor2.dumps(attestation))}}


def test_what_attests_itself_may_say_so_and_certificates_are_not_read() -> None:
    registered(vouched_for(KEY.key))
    maker, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "maker")])
    certificate = x509.CertificateBuilder(name, name, maker.public_key(), 1, now, now + dt.timedelta(hours=1))
    answer = vouched_for(maker, certificate.sign(maker, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    verify_registration_response(
        credential=answer, expected_challenge=CHALLENGE, expected_rp_id=RP_ID, expected_origin=ORIGIN
    )
    with pytest.raises(InvalidProof):
        registered(answer)
