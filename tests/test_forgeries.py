"""Forged signatures and misread tokens, made in the manner of Wycheproof's JSON Web Signature vectors

Wycheproof's own tokens (`test_wycheproof.py`) do not reach the signature check of a verifier that asks for `typ`,
`kid` and seven claims, so these are made here: each is right in everything but the one thing that its name says.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from errors import InvalidToken, Unauthenticated
from security.keys import NEW_KEYS, KeyRing, SecretKey
from security.tokens import AccessClaims, AccessTokens, RefreshTokens
from settings import Settings

SOMEBODY = "01a20441-ae30-75ec-a686-96c7321ab988"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4 §D.1.2.3
P256_PRIME = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032 §5.1
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017 §9.2, the DigestInfo's start
ALGORITHMS = ("EdDSA", "ES256", "RS256")


def b64(data: bytes | str | dict[str, Any]) -> str:
    data = json.dumps(data) if isinstance(data, dict) else data
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def unb64(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def in_32_bytes(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in numbers)


class Issuer:
    """Our tokens of one algorithm, and all that it takes to make others."""

    def __init__(self, algorithm: str, folder: Path) -> None:
        self.settings = Settings(_env_file=None, data_dir=folder, token_algorithm=algorithm)
        self.keys = KeyRing(self.settings)
        self.tokens = AccessTokens(self.settings, self.keys)
        self.user, self.session = uuid4(), uuid4()
        self.good, _ = self.tokens.issue(self.user, self.session)
        self.parts = self.good.split(".")
        self.header: dict[str, Any] = json.loads(unb64(self.parts[0]))
        self.claims: dict[str, Any] = json.loads(unb64(self.parts[1]))
        self.signature = unb64(self.parts[2])

    def sign(self, text: str, key: Any = None) -> bytes:
        key = key or self.keys.signing_key
        return jwt.get_algorithm_by_name(self.settings.token_algorithm).sign(text.encode(), key)

    def token(self, header: dict[str, Any] | str, claims: dict[str, Any] | str | bytes, key: Any = None) -> str:
        """Whatever is given, with a signature that is right for it."""
        text = f"{b64(header)}.{b64(claims)}"
        return f"{text}.{b64(self.sign(text, key))}"

    def with_signature(self, signature: bytes) -> str:
        return f"{self.parts[0]}.{self.parts[1]}.{b64(signature)}"

    def accepts(self, token: str) -> bool:
        """Whether the verifier takes it; every refusal has to be the one refusal that the edge knows."""
        try:
            return self.tokens.verify(token) == AccessClaims(self.user, self.session)
        except Unauthenticated:
            return False


@pytest.fixture(scope="module", params=ALGORITHMS)
def issuer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer(request.param, tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def es256(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer("ES256", tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def eddsa(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer("EdDSA", tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def rs256(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer("RS256", tmp_path_factory.mktemp("keys"))


def test_what_all_forgeries_start_from_is_good(issuer: Issuer) -> None:
    assert issuer.accepts(issuer.good)
    assert issuer.accepts(issuer.with_signature(issuer.signature))
    assert issuer.accepts(issuer.token(issuer.header, issuer.claims))


# The parts: Wycheproof's rejectsModified…, rejectsMissing…, rejectsExtra… and JSON serialization.

MISSHAPEN: dict[str, Callable[[Issuer], str]] = {
    "nothing": lambda it: "",
    "dots": lambda it: "..",
    "no signature": lambda it: f"{it.parts[0]}.{it.parts[1]}.",
    "no signature and no dot": lambda it: f"{it.parts[0]}.{it.parts[1]}",
    "no claims": lambda it: f"{it.parts[0]}..{it.parts[2]}",
    "no claims, signed so": lambda it: it.token(it.header, ""),
    "no claims and no dot": lambda it: f"{it.parts[0]}.{it.parts[2]}",
    "no header": lambda it: f".{it.parts[1]}.{it.parts[2]}",
    "no header and no dot": lambda it: f"{it.parts[1]}.{it.parts[2]}",
    "claims alone": lambda it: it.parts[1],
    "claims between dots": lambda it: f".{it.parts[1]}.",
    "an empty part more": lambda it: it.good + ".",
    "an empty part before": lambda it: "." + it.good,
    "a part more": lambda it: it.good + ".AAAA",
    "a part between": lambda it: f"{it.parts[0]}.AAAA.{it.parts[1]}.{it.parts[2]}",
    "parts in another order": lambda it: f"{it.parts[1]}.{it.parts[0]}.{it.parts[2]}",
    "a modified header": lambda it: f"{b64(it.header | {'x': 1})}.{it.parts[1]}.{it.parts[2]}",
    "modified claims": lambda it: f"{it.parts[0]}.{b64(it.claims | {'sub': SOMEBODY})}.{it.parts[2]}",
    "respaced claims": lambda it: f"{it.parts[0]}.{b64(json.dumps(it.claims, indent=1))}.{it.parts[2]}",
    "flattened JSON": lambda it: json.dumps(
        {"protected": it.parts[0], "payload": it.parts[1], "signature": it.parts[2]}
    ),
    "general JSON": lambda it: json.dumps(
        {"payload": it.parts[1], "signatures": [{"protected": it.parts[0], "signature": it.parts[2]}]}
    ),
    "a space before": lambda it: " " + it.good,
    "a line break after": lambda it: it.good + "\n",
    "NUL after": lambda it: it.good + "\0",
    "a letter before": lambda it: "A" + it.good,
    "four letters after": lambda it: it.good + "AAAA",
    "padding": lambda it: it.good + "==",
    "padding in the header": lambda it: f"{it.parts[0]}==.{it.parts[1]}.{it.parts[2]}",
    "a line break within": lambda it: it.good[:50] + "\r\n" + it.good[50:],
    "junk within": lambda it: it.good[:-9] + "!*" + it.good[-9:],
    "not ASCII": lambda it: it.good[:-1] + "ａ",
    "a lone surrogate": lambda it: it.good + "\ud800",
    "said twice": lambda it: f"{it.good}, {it.good}",
    "a megabyte": lambda it: it.good + "A" * 1_000_000,
    "a megabyte of dots": lambda it: "." * 1_000_000,
    "half a megabyte of claims, signed": lambda it: it.token(it.header, it.claims | {"x": "A" * 500_000}),
    "claims that are a list": lambda it: it.token(it.header, json.dumps([it.claims])),
    "claims that are a number": lambda it: it.token(it.header, "1"),
    "claims that are null": lambda it: it.token(it.header, "null"),
    "claims that are not JSON": lambda it: it.token(it.header, "foo"),
    "claims that are not UTF-8": lambda it: it.token(it.header, b"\xff\xfe"),
    "deep claims": lambda it: it.token(it.header, "[" * 1500 + "]" * 1500),
    **{
        f"{number} as {claim}": lambda it, claim=claim, number=number: it.token(  # type: ignore[misc]
            it.header, json.dumps(it.claims | {claim: float(number)})
        )
        for claim in ("exp", "iat", "nbf")
        for number in ("inf", "-inf", "nan")
    },
    "a huge number": lambda it: it.token(it.header, it.claims | {"iat": 10**400}),
    "a number too long to read": lambda it: it.token(
        it.header, json.dumps(it.claims | {"exp": 1}).replace('"exp": 1', '"exp": ' + "9" * 2900)
    ),
    "a header that is a list": lambda it: it.token("[]", it.claims),
    "a header that is a text": lambda it: it.token('"at+jwt"', it.claims),
    "a header that is null": lambda it: it.token("null", it.claims),
    "a deep header": lambda it: it.token("[" * 1500, it.claims),
    "a token within a token": lambda it: it.token(it.header | {"cty": "JWT"}, it.good),
    "a token as claims": lambda it: it.token(it.header, it.good),
    "a token as a claim": lambda it: it.token(it.header, it.claims | {"sub": it.good}),
}


@pytest.mark.parametrize("shape", MISSHAPEN)
def test_a_misshapen_token_is_refused(issuer: Issuer, shape: str) -> None:
    assert not issuer.accepts(MISSHAPEN[shape](issuer))


@pytest.mark.parametrize("bit", range(8))
def test_a_signature_with_one_bit_turned_is_refused(issuer: Issuer, bit: int) -> None:
    for place in range(0, len(issuer.signature), 7):
        turned = bytearray(issuer.signature)
        turned[place] ^= 1 << bit
        assert not issuer.accepts(issuer.with_signature(bytes(turned)))


def test_a_signature_of_another_length_is_refused(issuer: Issuer) -> None:
    whole = issuer.signature
    for signature in (whole[:-1], whole[1:], whole + b"\0", b"\0" + whole, whole + whole, whole[:32], b"\0"):
        assert not issuer.accepts(issuer.with_signature(signature))


def spellings(token: str) -> list[str]:
    """The same bytes with every other last character: base64 that is not canonical."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    head, signature = token.rsplit(".", 1)
    others = [f"{signature[:-1]}{last}" for last in alphabet if last != signature[-1]]
    return [f"{head}.{other}" for other in others if unb64(other) == unb64(signature)]


def test_a_token_has_one_spelling(issuer: Issuer) -> None:
    assert len(spellings(issuer.good)) in (3, 15)  # the last character of 256 bytes has two idle bits, that of 64 four
    for other in spellings(issuer.good):
        assert not issuer.accepts(other)
    standard = issuer.good.translate(str.maketrans("-_", "+/"))
    assert standard == issuer.good or not issuer.accepts(standard)


def test_a_refresh_token_has_one_spelling_too(eddsa: Issuer) -> None:
    tokens = RefreshTokens(eddsa.settings, SecretKey(eddsa.settings))
    now = datetime.now(UTC)
    good = tokens.issue(eddsa.session, 1, now, now + eddsa.settings.session_lifetime)
    assert tokens.verify(good).session_id == eddsa.session
    assert len(spellings(good)) == 3
    for other in [*spellings(good), good + "=", good + "\n", " " + good]:
        with pytest.raises(InvalidToken):
            tokens.verify(other)


# The header: which algorithm and whose key are never the token's to say.

HEADERS: dict[str, Callable[[Issuer], dict[str, Any]]] = {
    "another case of the algorithm": lambda it: {"alg": it.header["alg"].swapcase()},
    "a space in the algorithm": lambda it: {"alg": it.header["alg"] + " "},
    "no algorithm": lambda it: {"alg": None},
    "the algorithm none": lambda it: {"alg": "none"},
    "the algorithm None": lambda it: {"alg": "None"},
    "the algorithm nOnE": lambda it: {"alg": "nOnE"},
    "an empty algorithm": lambda it: {"alg": ""},
    "a list of algorithms": lambda it: {"alg": [it.header["alg"]]},
    "another of our algorithms": lambda it: {"alg": "RS256" if it.header["alg"] != "RS256" else "ES256"},
    "a stronger hash": lambda it: {"alg": {"ES256": "ES512", "RS256": "RS512"}.get(it.header["alg"], "Ed448")},
    "PSS": lambda it: {"alg": "PS256"},
    "a secret": lambda it: {"alg": "HS256"},
    "a path as kid": lambda it: {"kid": "../../../../../../dev/null"},
    "SQL as kid": lambda it: {"kid": "x' UNION SELECT 'AAAA'; --"},
    "a command as kid": lambda it: {"kid": "| sleep 10"},
    "an address as kid": lambda it: {"kid": "https://elsewhere.example/key"},
    "NUL as kid": lambda it: {"kid": it.header["kid"] + "\0"},
    "a number as kid": lambda it: {"kid": 0},
    "a list as kid": lambda it: {"kid": [it.header["kid"]]},
    "an object as kid": lambda it: {"kid": {"kid": it.header["kid"]}},
    "null as kid": lambda it: {"kid": None},
    "a list as typ": lambda it: {"typ": ["at+jwt"]},
    "another case of typ": lambda it: {"typ": "AT+JWT"},
    "jku": lambda it: {"jku": "https://elsewhere.example/jwks.json"},
    "x5u": lambda it: {"x5u": "https://elsewhere.example/key.pem"},
    "x5c": lambda it: {"x5c": ["AAAA"]},
    "x5t": lambda it: {"x5t": "AAAA"},
    "crit": lambda it: {"crit": ["exp"], "exp": 1},
    "an empty crit": lambda it: {"crit": []},
    "b64": lambda it: {"b64": False, "crit": ["b64"]},
    "b64 that is not critical": lambda it: {"b64": False},
    "compression": lambda it: {"zip": "DEF"},
    "encryption": lambda it: {"alg": "dir", "enc": "A256GCM"},
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_we_do_not_write_is_refused_even_with_a_good_signature(issuer: Issuer, name: str) -> None:
    assert not issuer.accepts(issuer.token(issuer.header | HEADERS[name](issuer), issuer.claims))


@pytest.mark.parametrize("missing", ["alg", "typ", "kid"])
def test_a_header_that_lacks_a_name_is_refused(issuer: Issuer, missing: str) -> None:
    header = {name: value for name, value in issuer.header.items() if name != missing}
    assert not issuer.accepts(issuer.token(header, issuer.claims))


def test_a_key_that_the_token_brings_along_is_not_used(issuer: Issuer) -> None:
    mine = NEW_KEYS[issuer.settings.token_algorithm]()
    jwk = issuer.keys._jwk(mine.public_key())
    thumbprint = issuer.keys._kid(mine.public_key())
    for header in ({}, {"jwk": jwk}, {"jwk": jwk, "kid": thumbprint}, {"kid": thumbprint}, {"jwk": jwk, "kid": None}):
        assert not issuer.accepts(issuer.token(issuer.header | header, issuer.claims, mine))


def confusing_keys(issuer: Issuer) -> list[bytes]:
    """Everything public that a careless verifier could take for the secret of an HMAC."""
    public = issuer.keys.public_keys[issuer.keys.kid]
    forms = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        *(json.dumps(jwk).encode() for jwk in issuer.keys.jwks()["keys"]),
        json.dumps(issuer.keys.jwks()).encode(),
        *(value.encode() for value in issuer.keys.jwks()["keys"][0].values()),
        b"",
        b"\0" * 32,
    ]
    if isinstance(public, ed25519.Ed25519PublicKey):
        forms.append(public.public_bytes_raw())
    if isinstance(public, ec.EllipticCurvePublicKey):
        forms += [
            public.public_bytes(Encoding.X962, form)
            for form in (PublicFormat.UncompressedPoint, PublicFormat.CompressedPoint)
        ]
    if isinstance(public, rsa.RSAPublicKey):
        forms.append(public.public_bytes(Encoding.PEM, PublicFormat.PKCS1))
    return [variant for form in forms for variant in (form, form.strip(), form + b"\n")]


@pytest.mark.parametrize("name", ["HS256", "HS512"])
def test_the_public_key_is_no_secret_of_an_hmac(issuer: Issuer, name: str) -> None:
    for key in confusing_keys(issuer):
        for alg in (name, issuer.header["alg"]):
            text = f"{b64(issuer.header | {'alg': alg})}.{issuer.parts[1]}"
            code = hmac.HMAC(key, hashes.SHA256() if name == "HS256" else hashes.SHA512())
            code.update(text.encode())
            assert not issuer.accepts(f"{text}.{b64(code.finalize())}")


# Names said twice: JSON's readers differ in which one counts. Ours takes the last, so only that may decide.


def said_twice(part: dict[str, Any], name: str, first: Any) -> str:
    return json.dumps({name: first})[:-1] + ", " + json.dumps(part)[1:]


@pytest.mark.parametrize(("name", "value"), [("sub", SOMEBODY), ("exp", 1), ("iss", "x"), ("aud", "x"), ("sid", 1)])
def test_a_claim_said_twice_buys_no_other_meaning(issuer: Issuer, name: str, value: Any) -> None:
    good_last = said_twice(issuer.claims, name, value)
    bad_last = said_twice(issuer.claims | {name: value}, name, issuer.claims[name])
    assert not issuer.accepts(f"{issuer.parts[0]}.{b64(good_last)}.{issuer.parts[2]}")
    assert not issuer.accepts(issuer.token(issuer.header, bad_last))


@pytest.mark.parametrize(("name", "value"), [("alg", "none"), ("alg", "HS256"), ("kid", "other"), ("typ", "JWT")])
def test_a_header_name_said_twice_buys_no_other_meaning(issuer: Issuer, name: str, value: str) -> None:
    bad_last = said_twice(issuer.header | {name: value}, name, issuer.header[name])
    good_last = said_twice(issuer.header, name, value)
    assert not issuer.accepts(issuer.token(bad_last, issuer.claims))
    assert not issuer.accepts(f"{b64(good_last)}.{issuer.parts[1]}.")
    assert not issuer.accepts(f"{b64(good_last)}.{issuer.parts[1]}.{issuer.parts[2]}")


def test_a_token_from_the_future_is_refused(issuer: Issuer) -> None:
    for changes in (
        {"iat": issuer.claims["iat"] + 3600},
        {"iat": 10**15},
        {"nbf": issuer.claims["iat"] + 3600},
        {"iat": "now"},
        {"exp": -1},
        {"exp": issuer.claims["iat"] - 31},
    ):
        assert not issuer.accepts(issuer.token(issuer.header, issuer.claims | changes))


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


# RSA: paddings that a careless reader lets pass (Bleichenbacher's e = 3 forgery and its many cousins).


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


def test_keys_of_two_rings_do_not_verify_for_each_other(issuer: Issuer, tmp_path: Path) -> None:
    other = Issuer(issuer.settings.token_algorithm, tmp_path)
    same_header = other.token(issuer.header, issuer.claims)
    assert not issuer.accepts(other.good)
    assert not issuer.accepts(same_header)
