"""Headers that we do not write, keys that tokens bring along, claims said twice or in the future"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from security.keys import NEW_KEYS
from tests.forgeries.issuer import SOMEBODY, Issuer, b64

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
