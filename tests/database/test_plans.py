"""no operation reads a whole table, however many accounts there are"""

import asyncio
from datetime import UTC, datetime

import pytest
from tortoise.context import require_context

from benchmarks import filling
from database.configuration import config
from database.lifetime import opened_here
from models import ADMIN, Letter, Session, User
from resolvers import housekeeping, roles
from tests.support import codes
from tests.support.account import (
    CHANGE_PASSWORD,
    CONFIRM_CHANGE,
    DELETE,
    EXPORT,
    LOGOUT,
    NEW_EMAIL,
    NEW_PASSWORD,
    REFRESH,
    RESET,
    REVOKE,
    REVOKE_OTHERS,
    SESSIONS,
    SET_PASSWORD,
    UNDO_CHANGE,
    UPDATE_PROFILE,
    requested_change,
    requested_reset,
)
from tests.support.admins import (
    ACCOUNT,
    ACCOUNTS,
    ADA,
    BY_ID,
    DELETE_ROLE,
    EVENTS,
    GRANT,
    LETTERS,
    MY_EVENTS,
    RETRY_LETTER,
    Admin,
    role,
)
from tests.support.factors import START_STEP_UP, App, complete, first_step
from tests.support.given import MakeSettings
from tests.support.passkeys import PASSKEYS, REMOVE_PASSKEY, RENAME, SoftKey, add, log_in
from tests.support.postern import EMAIL, PASSWORD, RESEND, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.statements import Statements
from tests.support.webhooks import DELETE as DELETE_HOOK
from tests.support.webhooks import RETRY, ROTATE, UPDATE, WEBHOOKS, hook

pytestmark = pytest.mark.anyio

MANY = 20_000
# One that has been switched off, with many deliveries that wait and as many that have come to their end.
WAITING = """
INSERT INTO webhooks (id, url, events, sealed_secret, created_at, due_at, attempts, disabled_at)
SELECT id, 'https://example.com/', {none}, {no_bytes}, {past}, {past}, 1, {past} FROM users WHERE name = 'Filled 1';
INSERT INTO webhook_deliveries (id, webhook_id, event, body, created_at, due_at, delivered_at, attempts)
SELECT u.id, w.id, 'user.updated', 'x', {future}, CASE WHEN u.name LIKE '%1' THEN {past} END,
CASE WHEN u.name NOT LIKE '%1' THEN {future} END, 1 FROM users u, webhooks w;
ANALYZE
"""
FOREIGN_KEYS = """
SELECT conrelid::regclass || '.' || attname FROM pg_constraint
JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
WHERE contype = 'f' AND NOT EXISTS (SELECT 1 FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])
"""


async def every_operation(postern: Postern) -> None:
    """All that an account can ask for, from its registration to its end."""
    await postern.registered()
    await postern.do(RESEND, email=EMAIL)
    await postern.confirm(await postern.letter_token())
    await postern.login(password="a wrong guess")
    first, login = await postern.login(), await postern.login()
    token = login["accessToken"]
    sessions = (await postern.ask(SESSIONS, token=token))["data"]["me"]["sessions"]
    await postern.do(REFRESH, refreshToken=first["refreshToken"])
    await postern.do(REVOKE, token, sessionId=next(one["id"] for one in sessions if not one["current"]))
    await postern.ask(REVOKE_OTHERS, token=token)
    await postern.do(UPDATE_PROFILE, token, name="Ann")
    await postern.do(CHANGE_PASSWORD, token, currentPassword=PASSWORD, newPassword=NEW_PASSWORD)
    await postern.post.letters_to(EMAIL, 3)
    change, undo = await requested_change(postern, login, password=NEW_PASSWORD)
    await postern.do(CONFIRM_CHANGE, token=change)
    await postern.do(UNDO_CHANGE, token=undo)
    await postern.post.letters_to(NEW_EMAIL, 2)
    await postern.do(RESET, token=await requested_reset(postern), newPassword=PASSWORD)
    token = (await postern.login())["accessToken"]
    key = SoftKey()
    await add(postern, {"accessToken": token}, key, asSecondFactor=True)
    token = (await log_in(postern, key))["accessToken"]
    needed = await first_step(postern)
    answer = key.get(needed["passkeyOptions"])
    assert (await complete(postern, needed["ticket"], passkey=answer))["__typename"] == "LoggedIn"
    (passkey,) = (await postern.ask(PASSKEYS, token=token))["data"]["me"]["passkeys"]
    await postern.do(RENAME, token, passkeyId=passkey["id"], name="Phone")
    await postern.do(REMOVE_PASSKEY, token, passkeyId=passkey["id"])
    await postern.ask(EXPORT, token=token)
    await postern.ask(LOGOUT, token=token)
    token = (await postern.login())["accessToken"]
    await postern.register()  # of an address that is taken
    await User.filter(canonical_email=EMAIL).update(password_hash=None)
    async with codes.next_code(postern) as code:
        sent = await postern.do(codes.REQUEST_CODE, email=EMAIL)
    login = await codes.with_code(postern, sent["ticket"], code[0])
    async with codes.next_code(postern) as code:
        begun = await postern.do(START_STEP_UP, login["accessToken"], method="MAILED_CODE")
    await codes.step_up(postern, login, begun["ceremony"], code[0])
    await postern.do(SET_PASSWORD, login["accessToken"], newPassword=PASSWORD)
    token = login["accessToken"]
    await postern.do(DELETE, token, password=PASSWORD)
    await postern.post.letters_to(EMAIL, 13)


async def every_search(postern: Postern) -> None:
    """All that somebody asks who looks after accounts."""
    login = await postern.logged_in(ADA)
    await Session.filter(user_id=login["user"]["id"]).update(methods=["password", "totp"])
    await roles.grant_first(ADA, ADMIN)
    ada = Admin(postern, login, App(b"", []))
    ben = (await postern.logged_in("ben@example.com"))["user"]["id"]
    for wanted in (
        *({}, {"search": "filled1"}, {"search": ben}, {"role": "admin"}, {"role": "member", "search": "Filled 9"}),
        *({"disabled": True}, {"disabled": False}, {"emailConfirmed": False}, {"emailConfirmed": True}),
    ):
        assert "errors" not in await ada.ask(ACCOUNTS, filter=wanted, first=2, after=ada.id)
    assert "errors" not in await ada.ask(ACCOUNT, id=ben)
    moment = "2026-01-01T00:00:00Z"
    for wanted in (
        *({}, {"subjectId": ben}, {"actorId": ben}, {"events": ["logged_in", "role_granted"]}, {"since": moment}),
        *({"until": moment}, {"subjectId": ben, "events": ["logged_in"], "since": moment}),
    ):
        assert "errors" not in await ada.ask(EVENTS, filter=wanted, first=2)
    on_their_way = Letter.filter(due_at__lte=datetime(2099, 1, 1, tzinfo=UTC))
    while await on_their_way.exists():  # noqa: ASYNC110 - or their state would change while it is asked for
        await asyncio.sleep(0.01)
    for variables in ({}, {"state": "DUE"}, {"state": "DEAD"}, {"kind": "login_code"}, {"userId": ben}):
        assert "errors" not in await ada.ask(LETTERS, first=2, **variables)
    assert "errors" not in await ada.ask(MY_EVENTS, first=2)
    await ada.do(RETRY_LETTER, letterId=ben)
    await role(ada, "support", "READ_USERS")
    for query, inputs in {**BY_ID, GRANT: {"role": "support"}}.items():
        await ada.do(query, userId=ben, **inputs)
    await ada.do(DELETE_ROLE, name="support")
    told = await hook(ada, "user.updated", url="http://127.0.0.1:1/")
    sent = await told.test()
    await told.tried()
    assert len((await ada.ask(WEBHOOKS, first=2, after=ben))["data"]["webhooks"]) == 2
    await ada.do(RETRY, deliveryId=sent)
    for query, inputs in {UPDATE: {"events": []}, ROTATE: {}, DELETE_HOOK: {}}.items():
        await ada.do(query, webhookId=told.id, **inputs)


@pytest.fixture
async def statements(
    make_settings: MakeSettings, database_url: str, dialect: str, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> Statements:
    """Those of every operation, of housekeeping and of the outbox, where many have accounts."""
    async with opened_here(config(database_url, 1)):
        words = filling.words(dialect)
        waiting = WAITING.format(**words, none=words["empty"].replace("{}", "[]"))
        for statement in (*filling.statements(dialect, MANY), waiting):
            await require_context().db().execute_script(statement)
    seen = Statements(dialect)
    seen.watch(monkeypatch)
    async with running(make_settings(database_url=database_url, smtp_url=post.url, login_codes=True), post) as postern:
        await every_operation(postern)
        await every_search(postern)
        await housekeeping.sweep(postern.settings)
        await postern.http.get("/healthz")
    return seen


async def test_no_statement_reads_a_whole_table(statements: Statements, database_url: str) -> None:
    assert len(statements.sent) > 50
    scans = await statements.scans(database_url)
    assert not scans, "\n\n".join(f"{query}\n{plan}" for query, plan in scans.items())
    by_name = "SELECT id FROM users WHERE locale = 'de'"
    statements.sent[by_name] = ()
    assert list(await statements.scans(database_url)) == [by_name], "which has no index"


@pytest.mark.parametrize("dialect", ["postgres"])
async def test_every_foreign_key_has_an_index_that_begins_with_it(database_url: str) -> None:
    async with opened_here(config(database_url, 1)):
        assert await require_context().db().execute_query_dict(FOREIGN_KEYS) == []
