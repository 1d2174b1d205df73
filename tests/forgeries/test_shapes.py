"""Tokens whose shape is wrong: parts, spellings, lengths"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from errors import InvalidToken
from security.keys import SecretKey
from security.tokens import RefreshTokens
from tests.forgeries.issuer import SOMEBODY, Issuer, b64, unb64


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
    "deep claims": lambda it: it.token(it.header, "[" * 5000 + "]" * 1500),
    **{
        f"{number} as {claim}": lambda it, claim=claim, number=number: it.token(  # type: ignore[misc]
            it.header, json.dumps(it.claims | {claim: float(number)})
        )
        for claim in ("exp", "iat", "nbf")
        for number in ("inf", "-inf", "nan")
    },
    "a huge number": lambda it: it.token(it.header, it.claims | {"iat": 10**400}),
    "a number too long to read": lambda it: it.token(
        it.header, json.dumps(it.claims | {"exp": 1}).replace('"exp": 1', '"exp": ' + "9" * 4000)
    ),
    "a header that is a list": lambda it: it.token("[]", it.claims),
    "a header that is a text": lambda it: it.token('"at+jwt"', it.claims),
    "a header that is null": lambda it: it.token("null", it.claims),
    "a deep header": lambda it: it.token("[" * 5000, it.claims),
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


def test_keys_of_two_rings_do_not_verify_for_each_other(issuer: Issuer, tmp_path: Path) -> None:
    other = Issuer(issuer.settings.token_algorithm, tmp_path)
    same_header = other.token(issuer.header, issuer.claims)
    assert not issuer.accepts(other.good)
    assert not issuer.accepts(same_header)
