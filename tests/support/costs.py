"""Requests that are dear to read: each of any length, up to the greatest that the server reads."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from resolvers.inputs import LONGEST_EMAIL, LONGEST_NAME, MOST_TYPED
from security.own_tokens import LONGEST_TOKEN
from security.passwords import LONGEST_PASSWORD, ZXCVBN_LIMIT
from tests.support.account import REFRESH
from tests.support.codes import WITH_CODE
from tests.support.postern import CONFIRM, LOGIN, ME, PASSWORD, REGISTER
from web.middleware.header_limits import MAX_BYTES, MAX_BYTES_OF, MAX_HEADERS, MAX_PATH_LENGTH
from web.pages.rendering import STATIC
from web.server.connections import MAX_HEAD_BYTES

BODY = 90_000
DOCUMENT = 14_900
FORM = b"application/x-www-form-urlencoded"
FILE = f"/static/{min(path.name for path in STATIC.iterdir())}"
COOKIE_REFRESH = "mutation { refresh { __typename } }"
MARKS = "\u0315\u0300"  # in an order that normalising changes
different = itertools.count()  # documents: a known one costs nothing


@dataclass
class Sent:
    """A request, a form unless it says otherwise."""

    path: str
    body: bytes = b""
    kind: bytes = b"application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    query: bytes = b""
    method: str = "POST"


def graphql(query: str, **variables: Any) -> Sent:
    return Sent("/graphql", json.dumps({"query": query, "variables": {"input": variables}}).encode())


def document(text: str) -> Sent:
    return graphql(f"#{next(different)}\n{text}")


def told(name: bytes, value: bytes, query: str = ME) -> Sent:
    return Sent("/graphql", graphql(query).body, headers=((name, value),))


def got(path: str, *headers: tuple[bytes, bytes], query: bytes = b"") -> Sent:
    return Sent(path, headers=headers, query=query, method="GET")


def many(text: str, length: int) -> str:
    """`text` with different numbers, until it is that long."""
    return " ".join(text % nth for nth in range(length // (len(text) + 3)))


def asked(email: str = "ann@example.com", **more: str) -> dict[str, str]:
    return {"email": email, "password": PASSWORD, **more}


Case = tuple[int, Callable[[int], Sent]]  # the greatest length, and the request of a length
HEADERS: dict[str, Case] = {
    "a quoted cookie": (MAX_BYTES, lambda n: told(b"cookie", b'x="' + b"\\" * (n - 4) + b'"', COOKIE_REFRESH)),
    "many cookies": (MAX_BYTES, lambda n: told(b"cookie", b"a=;" * (n // 3), COOKIE_REFRESH)),
    "a quoted kind of content": (
        MAX_BYTES_OF[b"content-type"],
        lambda n: Sent("/graphql", graphql(ME).body, b'application/json; a="' + b";" * (n - 22) + b'"'),
    ),
    "kinds of content": (
        MAX_BYTES_OF[b"content-type"],
        lambda n: Sent("/confirm-email", b"{}", b"charset=;" * (n // 9)),
    ),
    "accept": (MAX_BYTES, lambda n: told(b"accept", b'a/b;q="' + b";" * (n - 7))),
    "a language and space": (
        MAX_BYTES,
        lambda n: got("/no", (b"accept-language", b"en" + b" " * (n - 3) + b"x")),
    ),
    "a long language": (MAX_BYTES, lambda n: got("/confirm-email", (b"accept-language", b"a-" * (n // 2)))),
    "many languages": (
        MAX_BYTES,
        lambda n: got("/confirm-email", (b"accept-language", b"en;q=0.5," * (n // 9))),
    ),
    "a token of dots": (MAX_BYTES, lambda n: told(b"authorization", b"Bearer " + b"." * (n - 7))),
    "a long token": (LONGEST_TOKEN, lambda n: told(b"authorization", b"Bearer " + b"A" * (n - 11) + b".A.A")),
    "a token and space": (MAX_BYTES, lambda n: told(b"authorization", b"Bearer " + b" " * (n - 8) + b"x")),
    "many proxies": (MAX_BYTES, lambda n: told(b"x-forwarded-for", b"," * n)),
    "a proxy's colons": (MAX_BYTES, lambda n: told(b"x-forwarded-for", b":" * n)),
    "origin": (MAX_BYTES, lambda n: told(b"origin", b"https://[" + b":" * (n - 9))),
    "host": (MAX_BYTES, lambda n: told(b"host", b":" * n)),
    "headers that are asked for": (
        MAX_BYTES,
        lambda n: told(b"access-control-request-headers", b"," * n),
    ),
    "user agent": (MAX_BYTES, lambda n: told(b"user-agent", b"\x1b\\" * (n // 2), LOGIN)),
    "forwarded": (MAX_BYTES, lambda n: told(b"forwarded", b'for="' + b'\\"' * (n // 2 - 5))),
    "many headers": (MAX_HEADERS - 1, lambda n: Sent("/graphql", graphql(ME).body, headers=((b"a", b""),) * n)),
    "tags": (MAX_BYTES, lambda n: got(FILE, (b"if-none-match", b"W/," * (n // 3)))),
    "a date": (MAX_BYTES, lambda n: got(FILE, (b"if-modified-since", b"Mon, 01 Jan " + b"9 " * (n // 2 - 6)))),
    "a date's brackets": (MAX_BYTES, lambda n: got(FILE, (b"if-modified-since", b"(" * n))),
    "ranges": (MAX_BYTES, lambda n: got(FILE, (b"range", b"bytes=" + b"0-1," * (n // 4 - 2)))),
    "a hundred ranges": (99, lambda n: got(FILE, (b"range", b"bytes=" + b",".join([b"0-9"] * n)))),
    "a range of digits": (MAX_BYTES, lambda n: got(FILE, (b"range", b"bytes=" + b"9" * (n - 7) + b"-"))),
    "a range and space": (MAX_BYTES, lambda n: got(FILE, (b"range", b"bytes=" + b" " * (n - 7) + b"x"))),
}
LINES: dict[str, Case] = {
    "folders": (MAX_PATH_LENGTH, lambda n: got("/static/" + "a/" * (n // 2 - 4))),
    "folders up": (MAX_PATH_LENGTH, lambda n: got("/static/" + "../" * (n // 3 - 3))),
    "slashes": (MAX_PATH_LENGTH, lambda n: got("/" * n)),
    "empty fields": (MAX_HEAD_BYTES, lambda n: got("/confirm-email", query=b"&" * n)),
    "small fields": (MAX_HEAD_BYTES, lambda n: got("/confirm-email", query=b"a&" * (n // 2))),
    "per cents": (MAX_HEAD_BYTES, lambda n: got("/confirm-email", query=b"token=" + b"%" * (n - 6))),
    "a document": (MAX_HEAD_BYTES, lambda n: got("/graphql", query=b"query=" + b"%7B" * (n // 3 - 2))),
    "variables": (MAX_HEAD_BYTES, lambda n: got("/graphql", query=b"query={me}&variables=" + b"%5B" * (n // 3 - 7))),
}
BODIES: dict[str, Case] = {
    "a form of per cents": (BODY, lambda n: Sent("/confirm-email", b"token=" + b"%" * n, FORM)),
    "a form of half characters": (BODY, lambda n: Sent("/confirm-email", b"token=" + b"%c3" * (n // 3), FORM)),
    "a form of fields": (BODY, lambda n: Sent("/confirm-email", b"a&" * (n // 2), FORM)),
    "a form's password": (BODY, lambda n: Sent("/reset-password", b"token=x&newPassword=" + b"x" * n, FORM)),
    "digits": (BODY, lambda n: Sent("/graphql", b'{"query": "{me}", "x": ' + b"9" * n + b"}")),
    "numbers": (BODY, lambda n: Sent("/graphql", b'{"x": [' + b",".join([b"9" * 4299] * (n // 4300)) + b"]}")),
    "a fraction": (BODY, lambda n: Sent("/graphql", b'{"query": "{me}", "x": 0.' + b"1" * n + b"e-300}")),
    "brackets": (BODY, lambda n: Sent("/graphql", b'{"query": "{me}", "x": ' + b"[" * n)),
    "escapes": (BODY, lambda n: Sent("/graphql", b'{"query": "{me}", "x": "' + b"\\\\" * (n // 2) + b'"}')),
    "an operation's name": (BODY, lambda n: Sent("/graphql", b'{"query": "{me}", "operationName": "%s"}' % (b"x" * n))),
    "unknown variables": (BODY, lambda n: graphql(LOGIN, **{f"emai{nth:05}": 0 for nth in range(n // 16)})),
    "an unknown variable": (BODY, lambda n: graphql(LOGIN, **{"password" * (n // 8): 0})),
    "a list for a text": (BODY, lambda n: graphql(LOGIN, email=[0] * (n // 3), password="x")),
}
DOCUMENTS: dict[str, Case] = {
    "space": (DOCUMENT, lambda n: document(" " * n + "{me}")),
    "comments": (DOCUMENT, lambda n: document("#\n" * (n // 2) + "{me}")),
    "block text": (DOCUMENT, lambda n: document('{me(a:"""' + " \n" * (n // 2 - 20) + 'x"""){id}}')),
    "block quotes": (DOCUMENT, lambda n: document('{me(a:"""' + '\\"""' * (n // 4 - 20) + 'x"""){id}}')),
    "text": (DOCUMENT, lambda n: document('{me(a:"' + "\\\\" * (n // 2 - 20) + '"){id}}')),
    "open text": (DOCUMENT, lambda n: document('{me(a:"' + "x" * (n - 20))),
    "a name": (DOCUMENT, lambda n: document("{" + "passwor" * (n // 7 - 1) + "}")),
    "operations": (9_000, lambda n: document(many("query f%03d{__typename}", n))),
    "fragments": (9_000, lambda n: document("{me{id}}" + many("fragment f%03d on User{id}", n))),
    "variables": (9_000, lambda n: document(f"query({many('$a%03d:LoginInpu', n)}){{me{{id}}}}")),
    "arguments": (9_000, lambda n: document(f"{{me({many('inpu%05d:[[1]]', n)}){{id}}}}")),
    "input fields": (9_000, lambda n: document(f"mutation{{login(input:{{{many('emai%05d:1', n)}}}){{__typename}}}}")),
}
INPUTS: dict[str, Case] = {
    "a long address": (BODY, lambda n: graphql(REGISTER, **asked("x" * n + "@example.com"))),
    "a host of marks": (
        LONGEST_EMAIL,
        lambda n: graphql(REGISTER, **asked("x@" + f"a{MARKS}" * (n // 3 - 2) + ".de")),
    ),
    "a host of puny code": (LONGEST_EMAIL, lambda n: graphql(REGISTER, **asked("x@xn--" + "9" * (n - 10) + ".com"))),
    "a host of names": (LONGEST_EMAIL, lambda n: graphql(REGISTER, **asked("x@" + "\u0e33." * (n // 2 - 3) + "com"))),
    "a quoted address": (LONGEST_EMAIL, lambda n: graphql(LOGIN, **asked('"' + '\\"' * (n // 2 - 8) + '"@x.com'))),
    "a long name": (BODY // 12, lambda n: graphql(REGISTER, **asked(name=MARKS * (n // 2)))),
    "a name of marks": (MOST_TYPED * LONGEST_NAME, lambda n: graphql(REGISTER, **asked(name=MARKS * (n // 2)))),
    "a long password": (BODY // 12, lambda n: graphql(LOGIN, email="a@b.de", password=MARKS * (n // 2))),
    "a password of marks": (LONGEST_PASSWORD, lambda n: graphql(LOGIN, email="a@b.de", password=MARKS * (n // 2))),
    "a password that grows": (LONGEST_PASSWORD, lambda n: graphql(LOGIN, email="a@b.de", password="\ufdfa" * n)),
    "a password to guess": (ZXCVBN_LIMIT, lambda n: graphql(REGISTER, email="a@b.de", password="12" * (n // 2))),
    "a locale": (BODY, lambda n: graphql(REGISTER, **asked(locale="a-" * (n // 2)))),
    "a link's token": (BODY, lambda n: graphql(CONFIRM, token="x" * n)),
    "a mailed code": (BODY, lambda n: graphql(WITH_CODE, ticket="x", code="1 " * (n // 2))),
    "a mailed code's ticket": (BODY, lambda n: graphql(WITH_CODE, ticket="x" * n, code="12345678")),
    "a mailed code in a form": (BODY, lambda n: Sent("/login-code", b"code=" + b"1+" * (n // 2), FORM)),
    "a proof in a form": (BODY, lambda n: Sent("/login-code", b"proof=" + b"+O" * (n // 2), FORM)),
    "a refresh token": (BODY, lambda n: graphql(REFRESH, refreshToken="." * n)),
    "a refresh token in parts": (LONGEST_TOKEN, lambda n: graphql(REFRESH, refreshToken="A" * (n - 4) + ".A.A")),
}
CASES = {**HEADERS, **LINES, **BODIES, **DOCUMENTS, **INPUTS}
