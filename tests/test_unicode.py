"""Addresses, passwords and names from anywhere in Unicode: hypothesis looks for one that breaks the server"""

import itertools
import json
import secrets
import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Registration, User
from resolvers.inputs import canonical_email
from settings import Settings
from tests.support import codes
from tests.support.databases import DIALECTS, Databases
from tests.support.factors import COMPLETE, CONFIRM_TOTP, LOGIN_IN_STEPS, START_STEP_UP, STEP_UP, set_up
from tests.support.passkeys import ADD, LOGIN_WITH_PASSKEY, START_LOGIN, START_REGISTRATION
from tests.support.postern import LOGIN, PASSWORD, REGISTER, Postern, running
from tests.support.postoffice import post_office
from tests.support.process import PATIENT
from tests.test_passkey_answers import CREATED, GOT, damaged, values

# The server's thread uses `random` while hypothesis, in ours, suspects its own strategies of it.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")

T = TypeVar("T")
EMAIL = "input@example.com"
UPDATE = """mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { __typename
  ... on ProfileUpdated { user { name } } ... on InvalidInput { errors { field } } } }"""
FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")
# Characters that have surprised others: NUL, line ends, RTL marks, joiners, combining marks, ligatures, dotless and
# dotted i, the long s, full-width forms, a Hangul syllable in parts, emoji, a lone surrogate, noncharacters.
SURPRISING = (
    "\0\n\r\t\x7f\x85\u2028\u202e\u200d\ufeff\u0301\u0345\ufb01ıİſßẞΣς@.＠．ａ"
    "\u1100\u1161👩\U0001f3ff\ud800\udc00\uffff"
)

anything = st.text(st.characters() | st.sampled_from(SURPRISING), max_size=40)
letters = st.text(st.characters(categories=["L", "M", "N"]) | st.sampled_from("aZ.-_+'ıſﬁ"), min_size=1, max_size=12)
addresses = st.builds("{}@{}.example.com".format, letters, letters) | st.builds("{}@example.com".format, letters)
digits = st.text("0123456789 ٣３", max_size=8)
spellings: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [
        str.upper,
        str.title,
        lambda email: f" \u3000{email}\n",
        lambda email: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in email),
        *(lambda email, form=form: unicodedata.normalize(form, email) for form in FORMS),
    ]
)
search = settings(
    max_examples=25,
    derandomize=True,  # the same examples every time: a red run is red for everybody
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


class Server:
    """A server in a thread of its own, for tests that hypothesis calls again and again and that cannot be async."""

    def __init__(self, portal: BlockingPortal, postern: Postern) -> None:
        self._portal = portal
        self._postern = postern
        self._numbers = itertools.count()
        self.token = ""

    def wait(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        return self._portal.call(work, *arguments)

    def do(self, query: str, **inputs: Any) -> dict[str, Any]:
        """What the operation gives back; a top-level error of whatever kind is a failure."""
        body = self.wait(self._postern.ask, query, {"input": inputs}, self.token or None)
        assert "errors" not in body, body
        (result,) = body["data"].values()
        return dict(result)

    def sign_in(self) -> None:
        self.token = self.wait(self._postern.logged_in)["accessToken"]

    def new_address(self) -> str:
        return f"n{next(self._numbers)}@example.com"

    def registration(self, email: str) -> Registration:
        async def found() -> Registration:
            return await Registration.get(user__canonical_email=email)

        return self.wait(found)

    def users(self) -> int:
        async def count() -> int:
            return await User.all().count()

        return self.wait(count)


@contextmanager
def served(databases: Databases, dialect: str, folder: Any) -> Iterator[Server]:
    @asynccontextmanager
    async def opened() -> Any:
        async with databases.fresh(dialect) as url, post_office() as post:
            cheap: dict[str, Any] = {"argon2_memory_kib": 8, "argon2_time_cost": 1}
            cheap |= {name.lower(): limit for name, limit in PATIENT.items()}
            given = {"data_dir": folder, "database_url": url, "smtp_url": post.url, "login_codes": True}
            settings = Settings(_env_file=None, **given, **cheap)
            async with running(settings, post) as postern:
                yield postern

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(opened()) as postern:
        yield Server(portal, postern)


@pytest.fixture(scope="module", params=DIALECTS)
def server(
    request: pytest.FixtureRequest, all_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with served(all_databases, request.param, tmp_path_factory.mktemp("unicode")) as one:
        yield one


def as_sent(text: str) -> str:
    """What arrives of a text: JSON makes one character of two surrogates that belong together."""
    return str(json.loads(json.dumps(text)))


def refused_fields(result: dict[str, Any]) -> set[str]:
    assert result["__typename"] == "InvalidInput", result
    return {error["field"] for error in result["errors"]}


@settings(search, max_examples=1000)
@given(anything | addresses)
def test_the_canonical_form_of_a_canonical_form_is_itself(email: str) -> None:
    try:
        canonical = canonical_email(email)
    except ValueError:
        return
    assert canonical_email(canonical) == canonical
    canonical.encode()


UNLIKE_ANY_ADDRESS = secrets.token_urlsafe()  # a password with a part of the address is too easy to guess


@search
@given(anything | addresses | st.builds("{}@example.com".format, anything))
def test_any_address_registers_or_is_refused_by_name(server: Server, email: str) -> None:
    result = server.do(REGISTER, email=email, password=UNLIKE_ANY_ADDRESS)
    login = server.do(LOGIN, email=email, password=UNLIKE_ANY_ADDRESS)
    if result["__typename"] == "Registered":
        assert result["email"] == canonical_email(as_sent(email))
        assert login["__typename"] == "EmailNotConfirmed"  # which only the right password is told
    else:
        assert refused_fields(result) == {"email"}
        assert login["__typename"] == "InvalidCredentials"


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # a database sees canonical ones alone
@search
@given(addresses, spellings)
def test_two_spellings_of_an_address_are_one_account(
    server: Server, email: str, respelled: Callable[[str], str]
) -> None:
    first = server.do(REGISTER, email=email, password=UNLIKE_ANY_ADDRESS)
    if first["__typename"] != "Registered":
        return
    before = server.users()
    second = server.do(REGISTER, email=respelled(email), password=UNLIKE_ANY_ADDRESS)
    if second["__typename"] == "Registered":
        assert server.users() == before + (second["email"] != first["email"])
    else:
        assert refused_fields(second) == {"email"}
        assert server.users() == before


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # no database ever sees a password
@search
@given(anything | st.builds("{} {}".format, st.just(PASSWORD), anything))
def test_a_password_is_refused_by_name_or_opens_the_door_in_any_normal_form(server: Server, password: str) -> None:
    email = server.new_address()
    result = server.do(REGISTER, email=email, password=password)
    kinds = {
        server.do(LOGIN, email=email, password=spelled)["__typename"]
        for spelled in [password, *(unicodedata.normalize(form, as_sent(password)) for form in FORMS)]
    }
    if result["__typename"] == "Registered":
        assert kinds == {"EmailNotConfirmed"}
    else:
        assert refused_fields(result) == {"password"}
        assert kinds == {"InvalidCredentials"}


@search
@given(anything | letters)
def test_a_name_is_refused_by_name_or_kept(server: Server, name: str) -> None:
    if not server.token:
        server.sign_in()
    kept = unicodedata.normalize("NFC", as_sent(name)).strip() or None
    email = server.new_address()
    updated, registered = server.do(UPDATE, name=name), server.do(REGISTER, email=email, password=PASSWORD, name=name)
    me = server.wait(server._postern.ask, "{ me { name } }", None, server.token)["data"]["me"]
    if updated["__typename"] == "ProfileUpdated":
        assert registered["__typename"] == "Registered"
        assert updated["user"]["name"] == me["name"] == server.registration(email).name == kept
    else:
        assert refused_fields(updated) == refused_fields(registered) == {"name"}


@pytest.fixture(scope="module")
def protected(server: Server) -> str:
    """The access token of an account with a second factor."""

    async def made() -> str:
        login = await server._postern.joined("codes@example.com")
        await set_up(server._postern, login)
        return str(login["accessToken"])

    return server.wait(made)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # a database sees digests alone
@settings(search)
@given(anything | digits, anything)
def test_what_is_sent_as_a_ticket_or_as_a_code_is_wrong_and_breaks_nothing(
    server: Server, protected: str, code: str, ticket: str
) -> None:
    for proof in ({"totpCode": code}, {"recoveryCode": code}):
        assert server.do(COMPLETE, ticket=ticket, proof=proof)["__typename"] == "InvalidToken"
        stepped = server.wait(partial(server._postern.do, STEP_UP, protected, proof=proof))
        assert stepped["__typename"] == "InvalidProof"
    started = server.wait(partial(server._postern.do, CONFIRM_TOTP, protected, code=code))
    assert started["__typename"] == "ExpiredToken"


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # a database sees the id alone
@settings(search)
@given(damaged(CREATED) | damaged(GOT) | values.filter(lambda answer: answer is not None) | anything)
def test_what_is_sent_as_the_answer_of_a_passkey_is_refused_and_breaks_nothing(
    server: Server, protected: str, answer: Any
) -> None:
    begun, ticket = server.do(START_LOGIN), server.do(LOGIN_IN_STEPS, email="codes@example.com", password=PASSWORD)
    added = server.wait(server._postern.ask, START_REGISTRATION, None, protected)
    ceremony = added["data"]["startPasskeyRegistration"]["ceremony"]
    opened = server.do(LOGIN_WITH_PASSKEY, ceremony=begun["ceremony"], credential=answer)
    assert opened["__typename"] in ("InvalidProof", "UnknownPasskey")
    assert server.do(COMPLETE, ticket=ticket["ticket"], proof={"passkey": answer})["__typename"] == "InvalidProof"
    made = server.wait(partial(server._postern.do, ADD, protected, ceremony=ceremony, credential=answer))
    assert made["__typename"] == "InvalidProof"


@pytest.fixture(scope="module")
def without_password(server: Server) -> str:
    """The access token of an account without a password."""
    made = partial(codes.without_password, server._postern, "nopassword@example.com")
    return str(server.wait(made)["accessToken"])


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # a database sees digests alone
@settings(search)
@given(anything | digits, anything)
def test_what_is_sent_as_a_mailed_code_or_its_ticket_is_wrong_and_breaks_nothing(
    server: Server, without_password: str, code: str, ticket: str
) -> None:
    started = server.wait(partial(server._postern.do, START_STEP_UP, without_password, method="MAILED_CODE"))
    sent = server.do(codes.REQUEST_CODE, email="nopassword@example.com", deviceToken=ticket)
    for known in (sent["ticket"], started["ceremony"], ticket):
        assert server.do(codes.WITH_CODE, ticket=known, code=code, deviceToken=ticket)["__typename"] == "InvalidProof"
        given = {"ceremony": known, "proof": {"mailedCode": code}}
        stepped = server.wait(partial(server._postern.do, STEP_UP, without_password, **given))
        assert stepped["__typename"] == ("InvalidProof" if known == started["ceremony"] else "InvalidToken")


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # a database sees a ticket's digest alone
@settings(search)
@given(anything | digits)
def test_what_the_page_of_a_code_is_given_breaks_nothing(server: Server, text: str) -> None:
    typed = as_sent(text).encode(errors="surrogatepass")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path, body in ((f"/login-code?code={quote(typed)}", None), ("/login-code", typed), ("/login-code", b"proof=")):
        http = server._postern.http
        asked = partial(http.post, path, content=body, headers=form) if body is not None else partial(http.get, path)
        assert server.wait(asked).status_code in (200, 400, 410)
