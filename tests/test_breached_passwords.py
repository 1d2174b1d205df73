"""BREACHED_PASSWORDS: what is known from breaches is refused, by a service that learns nothing or by a file"""

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

import outside
from locales import LOCALES, texts
from models import Letter, Registration, Session, User
from outside import breaches
from security import breached_writing
from tests.support.account import CHANGE_PASSWORD, NEW_PASSWORD, RESET, requested_reset
from tests.support.databases import once
from tests.support.elsewhere import Answering, Asked, Elsewhere, answered, elsewhere
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.secrecy import Watch

pytestmark = [pytest.mark.anyio, once]

KNOWN = "a gate that everybody knows"
CODES = "... on InvalidInput { errors { field code message } }"
REGISTER = f"mutation ($input: RegisterInput!) {{ register(input: $input) {{ __typename {CODES} }} }}"


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def ranges(**passwords: int) -> Answering:
    """What the service says when it knows these, met so many times, and others that nobody asks for."""

    def answer(asked: Asked) -> bytes:
        lines = [f"{sha1(password)[5:]}:{count}" for password, count in passwords.items()]
        return answered("\r\n".join([f"{'0' * 34}1:7", *lines, f"{'F' * 35}:0"]).encode())

    return answer


@pytest.fixture
async def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Elsewhere]:
    """The service, on loopback."""
    async with elsewhere(tmp_path) as there:
        there.answer = ranges(**{KNOWN: 3})
        monkeypatch.setattr(breaches, "RANGES", f"{there.url}/range/")
        monkeypatch.setattr(outside, "client", there.client)
        yield there


@pytest.fixture
async def start(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Any]:
    """Starts a server with that BREACHED_PASSWORDS."""
    async with AsyncExitStack() as stack:

        async def started(known: str | Path) -> Postern:
            settings = make_settings(
                database_url=database_url, smtp_url=post.url, breached_passwords=known, log_format="json"
            )
            return await stack.enter_async_context(running(settings, post))

        yield started


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that knows one password."""
    (tmp_path / "list").write_text(f"{sha1('another that is known')}:1\n{sha1(KNOWN)}:3\n")
    breached_writing.write(tmp_path / "list", tmp_path / "breached", 1, lambda _: None)
    return tmp_path / "breached"


async def rows() -> list[int]:
    return [await table.all().count() for table in (User, Registration, Letter)]


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_password_that_the_service_knows_is_refused_and_nothing_is_written(
    service: Elsewhere, start: Any, locale: str
) -> None:
    postern = await start("api")
    postern.http.headers["Accept-Language"] = locale
    result = await postern.do(REGISTER, email=EMAIL, password=KNOWN)
    message = texts(locale)("input.password.breached")
    assert result["errors"] == [{"field": "password", "code": "BREACHED", "message": message}]
    assert await rows() == [0, 0, 0]
    assert (await postern.register())["__typename"] == "Registered"


async def test_the_service_learns_five_digits_of_a_hash_and_no_more(service: Elsewhere, start: Any) -> None:
    postern = await start("api")
    await postern.register()
    (asked,) = service.asked
    assert (asked.method, asked.target, asked.body) == ("GET", f"/range/{sha1(PASSWORD)[:5]}", b"")
    assert asked.headers == {
        "host": f"elsewhere.example:{service.port}",
        "accept-encoding": "identity",
        "user-agent": "Postern",
        "add-padding": "true",
    }


async def test_it_is_asked_the_same_whether_or_not_an_address_has_an_account(service: Elsewhere, start: Any) -> None:
    postern = await start("api")
    await postern.logged_in()
    service.asked.clear()
    for email in (EMAIL, "bob@example.com"):
        assert (await postern.register(email))["__typename"] == "Registered"
        assert (await postern.register(email, KNOWN))["__typename"] == "InvalidInput"
    taken, free = service.asked[:2], service.asked[2:]
    assert taken == free


@pytest.mark.parametrize("known", ["api", "file"])
async def test_no_new_password_may_be_known_either(service: Elsewhere, start: Any, file: Path, known: str) -> None:
    postern = await start("api" if known == "api" else file)
    login = await postern.logged_in()
    changed = {"currentPassword": PASSWORD, "newPassword": KNOWN}
    token = await requested_reset(postern)
    for result in (
        await postern.do(CHANGE_PASSWORD, login["accessToken"], **changed),
        await postern.do(RESET, token=token, newPassword=KNOWN),
    ):
        assert (result["__typename"], result["errors"]) == ("InvalidInput", [{"field": "newPassword"}])
    assert (await postern.login())["__typename"] == "LoggedIn"
    page = await postern.http.post("/reset-password", json={"token": token, "newPassword": KNOWN})
    assert (page.status_code, page.json()["codes"]) == (422, ["BREACHED"])
    assert (await postern.do(RESET, token=token, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
    assert service.asked == [] if known == "file" else service.asked
    assert await Session.all().count() == 0


async def test_padding_is_no_password(service: Elsewhere, start: Any) -> None:
    service.answer = ranges(**{KNOWN: 0})
    assert (await (await start("api")).register(password=KNOWN))["__typename"] == "Registered"


async def test_small_letters_are_read_too(service: Elsewhere, start: Any) -> None:
    service.answer = lambda _: answered(f"{sha1(KNOWN)[5:].lower()}:2".encode())
    assert (await (await start("api")).register(password=KNOWN))["__typename"] == "InvalidInput"


async def test_one_that_is_too_easy_to_guess_is_not_asked_for(service: Elsewhere, start: Any) -> None:
    postern = await start("api")
    (error,) = (await postern.do(REGISTER, email=EMAIL, password="password123"))["errors"]
    assert (error["code"], service.asked) == ("TOO_EASY_TO_GUESS", [])


def never(_: Asked) -> Iterator[bytes | float]:
    yield 60.0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (never, "none within 1 s"),
        (lambda _: answered(status="503 Service Unavailable"), "status 503"),
        (lambda _: answered(status="302 Found", Location="https://elsewhere.example/"), "status 302"),
        (lambda _: answered(b"<html>Please log in to this network</html>"), "is no list of hashes"),
        (lambda _: answered(b""), "is no list of hashes"),
        (lambda _: answered(f"{sha1(KNOWN)[5:]}:{'9' * 5000}".encode()), "is no list of hashes"),
        (lambda _: answered(bytes(2_000_000)), "more than 1048576 bytes"),
        (lambda _: b"garbage\r\n\r\n", "RemoteProtocolError"),
    ],
)
async def test_where_the_service_does_not_say_the_password_is_accepted_and_the_log_says_so(
    service: Elsewhere, start: Any, watch: Watch, answer: Answering, error: str
) -> None:
    service.answer = answer
    assert (await (await start("api")).register(password=KNOWN))["__typename"] == "Registered"
    (line,) = watch.events("breach_check_failed")
    assert (line["level"], line["error"]) == ("warning", error)


async def test_it_is_not_asked_where_its_name_leads_to_this_machine(
    start: Any, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert breaches.RANGES == "https://api.pwnedpasswords.com/range/"
    monkeypatch.setattr(breaches, "RANGES", "https://localhost:1/range/")
    assert (await (await start("api")).register(password=KNOWN))["__typename"] == "Registered"
    assert [line["error"] for line in watch.events("breach_check_failed")] == ["is not at a public address"]


async def test_a_file_needs_no_service(service: Elsewhere, start: Any, file: Path) -> None:
    postern = await start(file)
    (error,) = (await postern.do(REGISTER, email=EMAIL, password=KNOWN))["errors"]
    assert error["code"] == "BREACHED"
    assert await rows() == [0, 0, 0]
    assert (await postern.register())["__typename"] == "Registered"
    assert service.connections == 0


async def test_switched_off_nothing_is_known(service: Elsewhere, start: Any) -> None:
    assert (await (await start("off")).register(password=KNOWN))["__typename"] == "Registered"
    assert service.connections == 0


async def test_a_file_that_is_replaced_while_the_server_runs_goes_on_as_it_was(start: Any, file: Path) -> None:
    postern = await start(file)
    file.with_name("list").write_text(f"{sha1(PASSWORD)}:1\n")
    breached_writing.write(file.with_name("list"), file, 1, lambda _: None)
    assert (await postern.register(password=KNOWN))["__typename"] == "InvalidInput"
    assert (await postern.register())["__typename"] == "Registered"
