"""The security log: each event of an account is one line, by ids only (docs/security-log.md)"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from events import Event
from models import AuditEvent, Link, Session, User
from settings import ROOT
from tests.support.account import (
    CHANGE_PASSWORD,
    CONFIRM_CHANGE,
    DELETE,
    EXPORT,
    LOGOUT,
    NEW_EMAIL,
    NEW_PASSWORD,
    REFRESH,
    REQUEST_RESET,
    RESET,
    REVOKE,
    REVOKE_OTHERS,
    SET_PASSWORD,
    UNDO_CHANGE,
    UPDATE_PROFILE,
    requested_change,
    requested_reset,
)
from tests.support.codes import REQUEST_CODE, requested, step_up, step_up_code, with_code, without_password, wrong
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, PASSWORD, RESEND, Postern, running
from tests.support.postoffice import PATIENCE_SECONDS, PostOffice
from tests.support.secrecy import Line, Watch

pytestmark = pytest.mark.anyio

IP_ADDRESS = "127.0.0.1"
Facts = dict[str, Any]
LEFT_OUT = re.compile(
    r"letter_d\w+|webhook_(?:delivered|delayed|died)|swept|refreshed|(?:breach_check|provider)_failed|"
    r"(?:confirmation|password_reset|login_code)_requested|\w+_link_written|login_code_written|\w+_link_sent"
)


@pytest.fixture
def dialect() -> str:
    """One will do: a line is what the server says, whatever holds its rows."""
    return "sqlite"


@pytest.fixture
async def server(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Postern]:
    """A server whose log is JSON, as in production."""
    async with running(make_settings(database_url=database_url, smtp_url=post.url, log_format="json"), post) as server:
        yield server


def last(watch: Watch, event: str, **expected: Any) -> Facts:
    """The newest line of an event, which has these facts, a request's id and the client's address."""
    line = watch.events(event)[-1]
    assert expected.items() <= line.items(), line
    assert re.fullmatch("[0-9a-f]{32}", line["request_id"])
    assert line["ip_address"] == IP_ADDRESS
    return line


async def from_the_outbox(watch: Watch, event: str) -> Facts:
    """The first line of an event that the outbox's worker writes, outside every request."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not watch.events(event):  # noqa: ASYNC110 - a log wakes nobody
            await asyncio.sleep(0.01)
    line = watch.events(event)[0]
    assert not {"request_id", "ip_address"} & line.keys()
    return line


def ids(login: Facts) -> Facts:
    """The ids of a login's account and session."""
    claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
    return {"user_id": claims["sub"], "session_id": claims["sid"]}


async def test_registering_and_confirming(server: Postern, watch: Watch) -> None:
    token = await server.registered()
    user_id = str((await User.get()).id)
    last(watch, "registered", user_id=user_id)
    await server.register()
    last(watch, "registered_again", user_id=user_id)
    await server.confirm(token)
    last(watch, "email_confirmed", user_id=user_id)
    await server.confirm(token)
    assert len(watch.events("email_confirmed")) == 1


async def test_asking_for_another_link(server: Postern, watch: Watch) -> None:
    token = await server.registered()
    user_id = str((await User.get()).id)
    await server.do(RESEND, email=EMAIL)
    requested = last(watch, "confirmation_requested")
    assert "user_id" not in requested, "what is known of the address is found out later"
    written = await from_the_outbox(watch, "confirmation_link_written")
    assert (written["user_id"], written["letter_id"]) == (user_id, requested["letter_id"])
    await Link.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    await server.http.post("/confirm-email", data={"token": token, "resend": "1"})
    last(watch, "confirmation_requested", user_id=user_id)


async def test_logging_in(server: Postern, watch: Watch) -> None:
    login = await server.logged_in()
    last(watch, "logged_in", **ids(login))
    user_id = ids(login)["user_id"]
    await server.login(password="not the password")
    last(watch, "login_failed", user_id=user_id, reason="wrong_password")
    await server.login("nobody@example.com")
    last(watch, "login_failed", user_id=None, reason="unknown_address")
    await server.register("ben@example.com")
    await server.login("ben@example.com")
    ben = await User.get(canonical_email="ben@example.com")
    last(watch, "login_failed", user_id=str(ben.id), reason="email_not_confirmed")
    await User.filter(id=user_id).update(disabled_at=datetime.now(UTC))
    await server.login()
    last(watch, "login_failed", user_id=user_id, reason="account_disabled")


async def test_logging_in_by_a_code(
    make_settings: MakeSettings, database_url: str, post: PostOffice, watch: Watch
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, log_format="json", login_codes=True)
    async with running(settings, post) as server:
        login = await without_password(server)
        last(watch, "logged_in", **ids(login))
        requested_line = last(watch, "login_code_requested")
        assert "user_id" not in requested_line
        written = await from_the_outbox(watch, "login_code_written")
        assert (written["user_id"], written["letter_id"]) == (ids(login)["user_id"], requested_line["letter_id"])
        ticket, code = await requested(server)
        await with_code(server, ticket, wrong(code))
        last(watch, "login_failed", user_id=ids(login)["user_id"], reason="wrong_code")
        sent = await server.do(REQUEST_CODE, email="nobody@example.com")
        await with_code(server, sent["ticket"], "12345678")
        last(watch, "login_failed", user_id=None, reason="wrong_code")
        ceremony, code = await step_up_code(server, login)
        last(watch, "step_up_code_sent", **ids(login))
        await step_up(server, login, ceremony, wrong(code))
        last(watch, "step_up_code_failed", user_id=ids(login)["user_id"])
        await step_up(server, login, ceremony, code)
        last(watch, "stepped_up", **ids(login), factor="mailed_code")
        await server.do(SET_PASSWORD, login["accessToken"], newPassword=NEW_PASSWORD)
        last(watch, "password_set", **ids(login), closed=0)
        assert {code.replace(" ", ""), code} & watch.secrets


async def test_one_attempt_too_many(
    make_settings: MakeSettings, database_url: str, post: PostOffice, watch: Watch
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url, "log_format": "json"}
    async with running(make_settings(**usual, login_limit_per_account="1 per minute"), post) as server:
        await server.login()
        await server.login()
    assert last(watch, "throttled", rule="login_per_account", level="warning")["retry_after"] in range(1, 61)


async def test_refreshing_and_using_a_token_again(server: Postern, watch: Watch) -> None:
    login = await server.logged_in()
    await server.do(REFRESH, refreshToken=login["refreshToken"])
    last(watch, "refreshed", **ids(login))
    await Session.all().update(rotated_at=datetime.now(UTC) - timedelta(minutes=1))
    await server.do(REFRESH, refreshToken=login["refreshToken"])
    last(watch, "refresh_token_reused", level="warning", **ids(login))
    assert len(watch.events("refreshed")) == 1


async def test_closing_sessions(server: Postern, watch: Watch) -> None:
    login = await server.logged_in()
    others = [await server.login() for _ in range(2)]
    (closed, _), this = map(ids, others), ids(login)
    spelling = f"urn:uuid:{closed['session_id'].upper()}"
    await server.do(REVOKE, login["accessToken"], sessionId=spelling)
    last(watch, "session_closed", **closed, by_session_id=this["session_id"])
    await server.ask(REVOKE_OTHERS, token=login["accessToken"])
    last(watch, "sessions_closed", **this, closed=1)
    await server.ask(LOGOUT, token=login["accessToken"])
    last(watch, "logged_out", **this)


async def test_changing_the_password(server: Postern, watch: Watch) -> None:
    login = await server.logged_in()
    inputs = {"currentPassword": "not the password", "newPassword": NEW_PASSWORD}
    await server.do(CHANGE_PASSWORD, login["accessToken"], **inputs)
    last(watch, "password_check_failed", user_id=ids(login)["user_id"])
    await server.do(CHANGE_PASSWORD, login["accessToken"], currentPassword=PASSWORD, newPassword=NEW_PASSWORD)
    last(watch, "password_changed", **ids(login), closed=0)


async def test_resetting_the_password(server: Postern, watch: Watch) -> None:
    login = await server.logged_in()
    user_id = ids(login)["user_id"]
    token = await requested_reset(server)
    requested = last(watch, "password_reset_requested")
    assert "user_id" not in requested
    written = await from_the_outbox(watch, "password_reset_link_written")
    assert (written["user_id"], written["letter_id"]) == (user_id, requested["letter_id"])
    await server.do(RESET, token=token, newPassword=NEW_PASSWORD)
    last(watch, "password_reset", user_id=user_id)


async def test_changing_the_address_and_undoing_that(server: Postern, watch: Watch) -> None:
    login = await server.logged_in()
    user_id = ids(login)["user_id"]
    change, undo = await requested_change(server, login)
    last(watch, "email_change_requested", **ids(login))
    assert ids(login).items() <= (await from_the_outbox(watch, "email_change_link_sent")).items()
    await server.do(CONFIRM_CHANGE, token=change)
    last(watch, "email_changed", user_id=user_id)
    await server.do(UNDO_CHANGE, token=undo)
    last(watch, "email_change_undone", level="warning", user_id=user_id)


async def test_an_unconfirmed_account_that_makes_way(server: Postern, watch: Watch) -> None:
    login = await server.logged_in()
    change, _ = await requested_change(server, login)
    await server.register(NEW_EMAIL)
    waiting = str((await User.get(canonical_email=NEW_EMAIL)).id)
    await server.do(CONFIRM_CHANGE, token=change)
    last(watch, "registration_removed", user_id=waiting, by_user_id=ids(login)["user_id"])
    assert (await AuditEvent.get(event="registration_removed")).ip_address == IP_ADDRESS


async def test_a_change_to_an_address_that_is_taken_meanwhile(server: Postern, watch: Watch) -> None:
    login = await server.logged_in()
    change, _ = await requested_change(server, login)
    await server.logged_in(NEW_EMAIL)
    await server.do(CONFIRM_CHANGE, token=change)
    last(watch, "email_change_refused", user_id=ids(login)["user_id"])
    assert not watch.events("email_changed")


async def test_profile_export_and_deletion(server: Postern, watch: Watch) -> None:
    login = await server.logged_in()
    user_id = ids(login)["user_id"]
    await server.do(UPDATE_PROFILE, login["accessToken"], name="Ann")
    last(watch, "profile_updated", user_id=user_id)
    await server.ask(EXPORT, token=login["accessToken"])
    last(watch, "data_exported", user_id=user_id)
    await server.do(DELETE, login["accessToken"], password=PASSWORD)
    last(watch, "account_deleted", user_id=user_id)


async def test_lines_carry_the_id_that_the_answer_carries_and_the_worker_none(server: Postern, watch: Watch) -> None:
    content = json.dumps({"query": REQUEST_RESET, "variables": {"input": {"email": NEW_EMAIL}}})
    answers = [
        await server.http.post("/graphql", content=content, headers={"Content-Type": "application/json"})
        for _ in range(3)
    ]
    told = [line["request_id"] for line in watch.events("password_reset_requested")]
    assert told == [answer.headers["X-Request-ID"] for answer in answers]
    await server.registered()
    assert (await from_the_outbox(watch, "letter_delivered"))["kind"] == "confirm_email"


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_nobody_can_forge_a_line(
    make_settings: MakeSettings, database_url: str, post: PostOffice, watch: Watch, log_format: str
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, log_format=log_format)
    async with running(settings, post) as server:
        for character in ("%0A", "%0D", "%E2%80%A8", "%C2%85", "%1B[2J", "%00"):
            await server.http.get(f"/{character}logged_in")
    lines = [
        line.text for line in watch.lines if "logged_in" in line.text and line.logger == "web.middleware.exchanges"
    ]
    assert len(lines) == 6
    assert all(line.isprintable() for line in lines), lines


def test_every_event_is_documented() -> None:
    rooms = (
        file for room in ("resolvers", "security", "mail", "outside", "events") for file in (ROOT / room).glob("*.py")
    )
    code = "".join(file.read_text() for file in (*rooms, ROOT / "web/middleware/cors.py"))
    logged = set(re.findall(r'(?:log\.\w+\(\s*|failure=)"(\w+)"', code)) | {
        kind.name for kind in Event.__subclasses__()
    }
    documented = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/security-log.md").read_text(), re.MULTILINE))
    assert logged == documented


def test_only_what_the_page_leaves_out_is_not_kept_as_a_row() -> None:
    kinds = {kind.name: kind.audited or kind.failure for kind in Event.__subclasses__()}
    assert {name for name, is_kept in kinds.items() if not is_kept} == set(filter(LEFT_OUT.fullmatch, kinds))


@pytest.mark.parametrize(
    ("line", "betrays"),
    [
        (Line("resolvers.sessions", 20, f"logged_in password={PASSWORD}"), True),
        (Line("tortoise", 10, f"INSERT {PASSWORD}"), True),
        (Line("resolvers.sessions", 20, f"logged_in email={EMAIL}"), True),
        (Line("resolvers.sessions", 10, f"logged_in email={EMAIL}"), False),
        (Line("mail.log", 20, f"RCPT TO {EMAIL}"), False),
        (Line("resolvers.sessions", 20, "logged_in user_id=1"), False),
    ],
)
def test_the_guard_finds_what_does_not_belong_into_a_line(line: Line, betrays: bool) -> None:
    watch = Watch(lines=[line])
    watch.learn({"input": {"email": EMAIL, "newPassword": PASSWORD}})
    assert bool(list(watch.betrayals())) == betrays


async def test_the_guard_knows_what_clients_say_and_hear(server: Postern, watch: Watch) -> None:
    login = await server.logged_in()
    reset = await requested_reset(server)
    known = {PASSWORD, login["accessToken"], login["refreshToken"], login["deviceToken"], reset}
    assert known <= watch.secrets
    assert EMAIL in watch.emails
    assert any("logged_in" in line.text for line in watch.lines)
