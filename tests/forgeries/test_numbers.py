"""ECDSA and EdDSA: numbers and points that a careless verifier computes with"""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.forgeries.issuer import Issuer, in_32_bytes

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4 §D.1.2.3
P256_PRIME = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032 §5.1

# ECDSA: numbers that a careless verifier computes with (CVE-2022-21449 took r = s = 0 from everybody).

ES256_NUMBERS = [0, 1, P256_ORDER - 1, P256_ORDER, P256_ORDER + 1, P256_PRIME, P256_PRIME + 1, 2**256 - 1]


def test_no_pair_of_special_numbers_is_a_signature(es256: Issuer) -> None:
    for r in ES256_NUMBERS:
        for s in ES256_NUMBERS:
            assert not es256.accepts(es256.with_signature(in_32_bytes(r, s)))
    for signature in (b"", b"\0", b"\0" * 63, b"\0" * 65, b"\0" * 128, b"\0" * 132):
        assert not es256.accepts(es256.with_signature(signature))


def test_half_a_signature_with_a_special_number_is_none(es256: Issuer) -> None:
    r, s = (int.from_bytes(part, "big") for part in (es256.signature[:32], es256.signature[32:]))
    for number in ES256_NUMBERS:
        assert not es256.accepts(es256.with_signature(in_32_bytes(r, number)))
        assert not es256.accepts(es256.with_signature(in_32_bytes(number, s)))
    assert not es256.accepts(es256.with_signature(in_32_bytes(s, r)))
    assert not es256.accepts(es256.with_signature(in_32_bytes(P256_ORDER - r, s)))
    # The twin with n - s is a good signature of the same claims: that is how ECDSA is, and no rule of ours hangs on
    # a token's text.
    assert es256.accepts(es256.with_signature(in_32_bytes(r, P256_ORDER - s)))


def test_a_signature_in_der_is_none(es256: Issuer) -> None:
    key = es256.keys.signing_key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    text = ".".join(es256.parts[:2]).encode()
    der = key.sign(text, ec.ECDSA(hashes.SHA256()))
    assert not es256.accepts(es256.with_signature(der))
    assert es256.accepts(es256.with_signature(in_32_bytes(*decode_dss_signature(der))))
    wrong_hash = key.sign(text, ec.ECDSA(hashes.SHA512()))
    assert not es256.accepts(es256.with_signature(in_32_bytes(*decode_dss_signature(wrong_hash))))


# EdDSA: points of small order, and a second form of S.

SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


def test_a_point_of_small_order_signs_nothing(eddsa: Issuer) -> None:
    for point in SMALL_ORDER:
        for number in (0, 1, ED25519_ORDER, ED25519_ORDER - 1, 2**256 - 1):
            assert not eddsa.accepts(eddsa.with_signature(bytes.fromhex(point) + number.to_bytes(32, "little")))
        assert not eddsa.accepts(eddsa.with_signature(bytes.fromhex(point) + eddsa.signature[32:]))


def test_a_second_form_of_the_same_number_is_refused(eddsa: Issuer) -> None:
    number = int.from_bytes(eddsa.signature[32:], "little")
    for other in (number + ED25519_ORDER, number + 2 * ED25519_ORDER, ED25519_ORDER - number, number | 1 << 255):
        assert not eddsa.accepts(eddsa.with_signature(eddsa.signature[:32] + other.to_bytes(32, "little")))
