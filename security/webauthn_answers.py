"""What browsers answer, read by `webauthn`, and each check that it leaves to us. Imported at the first answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import CredentialDeviceType

from errors import InvalidProof
from security.passkeys import ALGORITHMS, Assertion, Credential, NewPasskey

LONGEST_ID = 1023  # bytes: WebAuthn L3 §7.1
TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")  # WebAuthn L3 §5.8.4
ATTESTATIONS = ("none", "packed")  # we ask for none; what attests itself may say so (§5.1.3)
FIELD = 2**255 - 19  # of Curve25519
RSA_BITS = range(2048, 4097)
GARBAGE = (
    *(WebAuthnException, UnsupportedAlgorithm),
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
)


def registered(answer: object, challenge: bytes, rp_id: str, origins: list[str]) -> NewPasskey:
    """What a registration has brought. Raises InvalidProof."""
    with _reading(answer) as (credential, response):
        attestation = parse_attestation_object(base64url_to_bytes(response["attestationObject"]))
        if attestation.fmt not in ATTESTATIONS or attestation.att_stmt.x5c:
            raise InvalidProof  # certificates, which we have not asked for, are not read
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origins,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(algorithm) for algorithm in ALGORITHMS],
        )
        _check_key(made.credential_public_key)
        credential_id = bytes_to_base64url(made.credential_id)
        if len(made.credential_id) > LONGEST_ID or credential["id"] != credential_id:
            raise InvalidProof
        return NewPasskey(
            credential=Credential(credential_id, _transports(response)),
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            backup_eligible=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            backed_up=made.credential_backed_up,
            discoverable=_discoverable(credential),
            aaguid=UUID(made.aaguid),
        )


def asserted(answer: object, challenge: bytes, rp_id: str, origins: list[str], public_key: bytes) -> Assertion:
    """What a login says that this key has signed. Raises InvalidProof."""
    with _reading(answer) as (credential, response):
        said = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origins,
            credential_public_key=public_key,
            credential_current_sign_count=0,  # compared before the signature, anybody could raise the alarm
            require_user_verification=True,
        )
        handle = response.get("userHandle")
        return Assertion(
            sign_count=said.new_sign_count,
            backup_eligible=said.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            backed_up=said.credential_backed_up,
            user_handle=None if handle is None else base64url_to_bytes(handle),
        )


@contextmanager
def _reading(answer: object) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The answer and its `response`, where no page of another site's has framed ours (WebAuthn L3 §7.1, §7.2)."""
    try:
        if not isinstance(answer, dict):
            raise InvalidProof
        client_data = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        if client_data.get("crossOrigin") or "topOrigin" in client_data:
            raise InvalidProof
        yield answer, answer["response"]
    except GARBAGE as error:
        raise InvalidProof from error


def _check_key(cose: bytes) -> None:
    """Raises InvalidProof unless the key is of the kind that its algorithm signs with."""
    decoded = decode_credential_public_key(cose)
    match decoded.alg, decoded_public_key_to_cryptography(decoded):
        case COSEAlgorithmIdentifier.EDDSA, Ed25519PublicKey() as key:
            _check_order(key)
            return
        case COSEAlgorithmIdentifier.ECDSA_SHA_256, EllipticCurvePublicKey(curve=SECP256R1()):
            return
        case COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256, RSAPublicKey(key_size=bits) if bits in RSA_BITS:
            return
    raise InvalidProof


def _check_order(key: Ed25519PublicKey) -> None:
    """Raises ValueError for a point of small order, under which one signature fits many texts (RFC 8032 §8.4).

    On the curve's other form (RFC 7748 §4.1) a key exchange with it comes to nothing, which is refused there.
    """
    y = int.from_bytes(key.public_bytes_raw(), "little") & (2**255 - 1)
    u = (1 + y) * pow(1 - y, FIELD - 2, FIELD) % FIELD
    X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(u.to_bytes(32, "little")))


def _transports(response: dict[str, Any]) -> list[str]:
    """Those of the browser's words that there are: it passes on whatever an authenticator says."""
    named = response.get("transports")
    return [word for word in TRANSPORTS if word in named] if isinstance(named, list) else []


def _discoverable(credential: dict[str, Any]) -> bool | None:
    """What `credProps` says (WebAuthn L3 §10.1.3)."""
    told: Any = credential.get("clientExtensionResults")
    for name in ("credProps", "rk"):
        told = told.get(name) if isinstance(told, dict) else None
    return told if isinstance(told, bool) else None
