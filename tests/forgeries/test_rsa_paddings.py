"""RSA: paddings that a careless reader lets pass (Bleichenbacher's e = 3 forgery and its many cousins)"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from security.keys import KeyRing
from settings import Settings
from tests.forgeries.issuer import Issuer

SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017 §9.2, the DigestInfo's start


def length(size: int) -> bytes:
    return bytes([size]) if size < 128 else bytes([0x81, size])


def tagged(tag: int, *contents: bytes) -> bytes:
    inner = b"".join(contents)
    return bytes([tag]) + length(len(inner)) + inner


OID = bytes.fromhex("0609608648016503040201")
NULL = b"\x05\x00"
DIGEST_INFOS: dict[str, Callable[[bytes], bytes]] = {
    "without NULL": lambda digest: tagged(0x30, tagged(0x30, OID), tagged(4, digest)),
    "two NULLs": lambda digest: tagged(0x30, tagged(0x30, OID, NULL, NULL), tagged(4, digest)),
    "a long NULL": lambda digest: tagged(0x30, tagged(0x30, OID, b"\x05\x81\x00"), tagged(4, digest)),
    "a NULL with content": lambda digest: tagged(0x30, tagged(0x30, OID, b"\x05\x01\x00"), tagged(4, digest)),
    "garbage in the algorithm": lambda digest: tagged(0x30, tagged(0x30, OID, NULL, b"\x04\x01x"), tagged(4, digest)),
    "garbage in the sequence": lambda digest: tagged(0x30, tagged(0x30, OID, NULL), tagged(4, digest), b"\x04\x01x"),
    "garbage after": lambda digest: SHA256_INFO + digest + b"\x00\x00\x00",
    "garbage after the length": lambda digest: SHA256_INFO + digest + b"x" * 100,
    "an empty sequence after": lambda digest: SHA256_INFO + digest + b"\x30\x00",
    "an empty sequence before": lambda digest: b"\x30\x00" + SHA256_INFO + digest,
    "the digest alone": lambda digest: digest,
    "the digest as a string": lambda digest: tagged(4, digest),
    "no algorithm": lambda digest: tagged(0x30, tagged(4, digest)),
    "no digest": lambda digest: SHA256_INFO,
    "an empty digest": lambda digest: tagged(0x30, tagged(0x30, OID, NULL), tagged(4)),
    "half a digest": lambda digest: tagged(0x30, tagged(0x30, OID, NULL), tagged(4, digest[:16])),
    "a digest with a zero": lambda digest: tagged(0x30, tagged(0x30, OID, NULL), tagged(4, b"\0" + digest)),
    "digest before algorithm": lambda digest: tagged(0x30, tagged(4, digest), tagged(0x30, OID, NULL)),
    "a sequence in a sequence": lambda digest: tagged(0x30, SHA256_INFO + digest),
    "a set": lambda digest: b"\x31" + (SHA256_INFO + digest)[1:],
    "a long length": lambda digest: b"\x30\x81" + (SHA256_INFO + digest)[1:],
    "a longer length": lambda digest: b"\x30\x82\x00" + (SHA256_INFO + digest)[1:],
    "an indefinite length": lambda digest: b"\x30\x80" + (SHA256_INFO + digest)[2:] + b"\0\0",
    "a length too much": lambda digest: b"\x30\x32" + (SHA256_INFO + digest)[2:],
    "a length too little": lambda digest: b"\x30\x30" + (SHA256_INFO + digest)[2:],
    "a length beyond 32 bits": lambda digest: b"\x30\x85\x01\x00\x00\x00\x31" + (SHA256_INFO + digest)[2:],
    "a length beyond 64 bits": lambda digest: b"\x30\x89\x01" + b"\0" * 7 + b"\x31" + (SHA256_INFO + digest)[2:],
    "the name of SHA-1": lambda digest: tagged(
        0x30, tagged(0x30, bytes.fromhex("06052b0e03021a"), NULL), tagged(4, digest[:20])
    ),
    "the name of SHA-512": lambda digest: tagged(0x30, tagged(0x30, OID[:-1] + b"\x03", NULL), tagged(4, digest * 2)),
    "the name of MD5": lambda digest: tagged(
        0x30, tagged(0x30, bytes.fromhex("06082a864886f70d0205"), NULL), tagged(4, digest[:16])
    ),
    "an object identifier too long": lambda digest: tagged(
        0x30, tagged(0x30, b"\x06\x0a" + OID[2:] + b"\x00", NULL), tagged(4, digest)
    ),
}
PADDINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "block type 0": lambda info, size: b"\0\0" + b"\xff" * (size - 3 - len(info)) + b"\0" + info,
    "block type 2": lambda info, size: b"\0\x02" + b"\xff" * (size - 3 - len(info)) + b"\0" + info,
    "a first byte that is not zero": lambda info, size: b"\x01\x01" + b"\xff" * (size - 3 - len(info)) + b"\0" + info,
    "zeros as padding": lambda info, size: b"\0\x01" + b"\0" * (size - 3 - len(info)) + b"\0" + info,
    "one byte of padding that is wrong": lambda info, size: (
        b"\0\x01\xfe" + b"\xff" * (size - 4 - len(info)) + b"\0" + info
    ),
    "no end of the padding": lambda info, size: b"\0\x01" + b"\xff" * (size - 2 - len(info)) + info,
    "eight bytes and garbage after (e = 3)": lambda info, size: (b"\0\x01" + b"\xff" * 8 + b"\0" + info).ljust(
        size, b"\0"
    ),
    "no padding and garbage after": lambda info, size: (b"\0\x01\0" + info).ljust(size, b"x"),
    "garbage in the middle": lambda info, size: b"\0\x01" + b"\xff" * 8 + b"x" * (size - 11 - len(info)) + b"\0" + info,
    "nothing but the digest": lambda info, size: info.rjust(size, b"\0"),
}


def raw_rsa(issuer: Issuer, block: bytes) -> bytes:
    """The signature whose padded block is exactly this: what a forger with e = 3 tries to find without the key."""
    key = issuer.keys.signing_key
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    modulus = numbers.public_numbers.n
    return pow(int.from_bytes(block, "big") % modulus, numbers.d, modulus).to_bytes(key.key_size // 8, "big")


def padded(info: bytes, size: int) -> bytes:
    return b"\0\x01" + b"\xff" * (size - 3 - len(info)) + b"\0" + info


@pytest.fixture(scope="module")
def digest(rs256: Issuer) -> bytes:
    return hashlib.sha256(".".join(rs256.parts[:2]).encode()).digest()


def test_our_own_arithmetic_makes_a_good_signature(rs256: Issuer, digest: bytes) -> None:
    assert raw_rsa(rs256, padded(SHA256_INFO + digest, len(rs256.signature))) == rs256.signature


@pytest.mark.parametrize("name", DIGEST_INFOS)
def test_a_digest_in_another_encoding_is_refused(rs256: Issuer, digest: bytes, name: str) -> None:
    block = padded(DIGEST_INFOS[name](digest), len(rs256.signature))
    assert not rs256.accepts(rs256.with_signature(raw_rsa(rs256, block)))


@pytest.mark.parametrize("name", PADDINGS)
def test_another_padding_is_refused(rs256: Issuer, digest: bytes, name: str) -> None:
    block = PADDINGS[name](SHA256_INFO + digest, len(rs256.signature))
    assert len(block) == len(rs256.signature)
    assert not rs256.accepts(rs256.with_signature(raw_rsa(rs256, block)))


def test_a_signature_beyond_the_modulus_or_by_another_scheme_is_refused(rs256: Issuer) -> None:
    key = rs256.keys.signing_key
    assert isinstance(key, rsa.RSAPrivateKey)
    text, size = ".".join(rs256.parts[:2]).encode(), len(rs256.signature)
    modulus = key.private_numbers().public_numbers.n
    beyond = int.from_bytes(rs256.signature, "big") + modulus
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    for signature in (
        beyond.to_bytes(size + 1, "big"),
        (modulus - 1).to_bytes(size, "big"),
        modulus.to_bytes(size, "big"),
        b"\0" * size,
        b"\0" * (size - 1) + b"\x01",
        b"\xff" * size,
        key.sign(text, pss, hashes.SHA256()),
        key.sign(text, padding.PKCS1v15(), hashes.SHA512()),
        key.sign(text, padding.PKCS1v15(), hashes.SHA1()),  # noqa: S303
    ):
        assert not rs256.accepts(rs256.with_signature(signature))


def test_an_rsa_key_that_signs_for_everybody_is_not_loaded(tmp_path: Path) -> None:
    """With e = 1 every block is its own signature; with 1024 bits the key can be found. Neither gets into the ring."""
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    pem = short.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ValueError, match="does not fit"):
        KeyRing(Settings(_env_file=None, data_dir=tmp_path, token_algorithm="RS256", signing_keys=pem))
    with pytest.raises(ValueError, match="public_exponent"):
        rsa.generate_private_key(public_exponent=1, key_size=2048)
    with pytest.raises(ValueError, match="e must be"):
        rsa.RSAPublicNumbers(1, short.private_numbers().public_numbers.n).public_key()
