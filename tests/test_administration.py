"""Looking after the accounts of others: what is done to them, by whom, and to whom not"""

import asyncio
from typing import Any

import pytest
from graphql import get_named_type, is_input_object_type

from models import (
    ADMIN,
    AuditEvent,
    Device,
    Letter,
    Link,
    LoginTicket,
    Passkey,
    Permission,
    Registration,
    Session,
    TotpSecret,
    User,
    UserRole,
)
from resolvers import roles
from schema.permissions import May
from tests.support.account import REFRESH, requested_change, works
from tests.support.admins import (
    BY_ID,
    CLOSE_SESSIONS,
    CONFIRM_USER,
    DISABLE,
    ENABLE,
    GRANT,
    RESET_FACTORS,
    REVOKE,
    SEND_RESET,
    Admin,
    admin,
    role,
)
from tests.support.databases import once
from tests.support.factors import complete, first_step, in_steps, set_up
from tests.support.outbox import done_with
from tests.support.passkeys import log_in, with_passkey
from tests.support.postern import EMAIL, Postern
from tests.support.postoffice import body
from tests.test_default_deny import OPERATIONS, SDL

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
HANGING = (Session, Device, LoginTicket, TotpSecret, Passkey, Link, UserRole)


async def rows_of(user_id: str) -> list[Any]:
    """An account, and what hangs on it."""
    account = await User.filter(id=user_id).values()
    return [account, *[await table.filter(user_id=user_id).order_by("id").values() for table in HANGING]]


async def ben_with_everything(server: Postern) -> str:
    """The id of a neighbour with a session, a device, a ticket, an app and a change of address that waits."""
    login = await server.logged_in(BEN)
    await set_up(server, login)
    await requested_change(server, login, "ben@new.example.com")
    await first_step(server, BEN)
    return str(login["user"]["id"])


async def told(event: str) -> tuple[str, str, dict[str, Any]]:
    """To whom the newest event of a name has happened, who did it, and what else is kept of it."""
    row = await AuditEvent.filter(event=event).order_by("-id").first()
    assert row
    assert row.ip_address == "127.0.0.1", "where who did it was"
    return str(row.subject_id), str(row.actor_id), row.details


async def test_a_disabled_account_is_closed_at_once_and_opened_again_and_its_neighbour_stays(postern: Postern) -> None:
    ben, ada = await ben_with_everything(postern), await admin(postern)
    login = await postern.joined()
    app = await set_up(postern, login)
    await in_steps(postern, app, remember=True)
    needed = await first_step(postern)
    await requested_change(postern, login)
    ann, before = login["user"]["id"], await rows_of(ben)

    result = await ada.do(DISABLE, userId=ann, reason="  Ticket 17 ")

    assert (result["account"]["disabledAt"] is not None, result["account"]["disabledReason"]) == (True, "Ticket 17")
    assert not await works(postern, login)
    assert (await postern.do(REFRESH, refreshToken=login["refreshToken"]))["__typename"] == "InvalidToken"
    late = await complete(postern, needed["ticket"], recoveryCode=app.recovery_codes[0])
    assert late["__typename"] == "InvalidToken"
    assert [await table.filter(user_id=ann).count() for table in (Session, Device, LoginTicket)] == [0, 0, 0]
    assert await Link.filter(user_id=ann, purpose="change_email").count() == 0
    assert (await postern.login(password="not the password"))["__typename"] == "InvalidCredentials"
    assert (await postern.login())["__typename"] == "AccountDisabled", "before a second factor is asked for"
    assert await told("account_disabled") == (ann, ada.id, {"closed": 2})
    (letter,) = [one for one in await postern.post.letters_to(EMAIL, 4) if "has been closed" in one["Subject"]]
    assert "Ticket 17" not in body(letter)
    assert await Letter.filter(user_id=ann, kind="account_disabled").count() == 1
    assert await ada.kind(DISABLE, userId=ann, reason="again") == "AccountChanged"
    assert await AuditEvent.filter(event="account_disabled").count() == 1
    assert await rows_of(ben) == before
    eve = (await postern.logged_in("eve@example.com"))["user"]["id"]
    assert await ada.kind(DISABLE, userId=eve, reason="b" * 500, tellOwner=False) == "AccountChanged"
    assert await Letter.filter(user_id=eve).count() == 0, "she is not told"

    result = await ada.do(ENABLE, userId=ann)

    assert (result["account"]["disabledAt"], result["account"]["disabledReason"]) == (None, None)
    assert await told("account_enabled") == (ann, ada.id, {})
    assert (await User.get(id=ann)).disabled_reason is None
    assert (await in_steps(postern, app))["__typename"] == "LoggedIn"
    assert (await User.get(id=eve)).disabled_reason == "b" * 500
    assert await rows_of(ben) == before


@once
async def test_no_way_in_opens_a_disabled_account(postern: Postern) -> None:
    """What its closing leaves is tried, and what it does not leave, too: as though a backup had been put back."""
    login = await postern.logged_in()
    key = await with_passkey(postern, login)
    other = await postern.login()
    app = await set_up(postern, login)
    remembered = await in_steps(postern, app, remember=True)
    needed = await first_step(postern)
    session_count = await Session.all().count()
    await User.all().update(disabled_at="2026-01-01T00:00:00+00:00")
    assert (await postern.login())["__typename"] == "AccountDisabled"
    assert (await postern.login(deviceToken=remembered["deviceToken"]))["__typename"] == "AccountDisabled"
    assert (await log_in(postern, key))["__typename"] == "AccountDisabled"
    late = await complete(postern, needed["ticket"], totpCode=await app.fresh_code())
    assert late["__typename"] == "AccountDisabled"
    for one in (login, remembered, other):
        assert not await works(postern, one)
        assert (await postern.do(REFRESH, refreshToken=one["refreshToken"]))["__typename"] == "InvalidToken"
    assert await Session.all().count() == session_count
    reasons = await AuditEvent.filter(event="logged_in").count()
    assert reasons == 3, "and none since"


async def test_an_address_is_confirmed_without_what_a_stranger_has_registered_with(postern: Postern) -> None:
    ada = await admin(postern)
    await postern.registered()
    await postern.registered(BEN)
    ann = str((await User.get(canonical_email=EMAIL)).id)
    result = await ada.do(CONFIRM_USER, userId=ann)
    assert (result["account"]["emailConfirmed"], result["account"]["hasPassword"]) == (True, False)
    assert (await postern.login())["__typename"] == "InvalidCredentials", "whoever chose it"
    assert await told("email_confirmed") == (ann, ada.id, {})
    assert await ada.kind(CONFIRM_USER, userId=ann) == "AccountChanged"
    assert await AuditEvent.filter(event="email_confirmed", subject_id=ann).count() == 1
    assert await Registration.filter(user__canonical_email=BEN).count() == 1
    assert (await postern.login(BEN))["__typename"] == "EmailNotConfirmed"


async def test_sessions_are_closed_and_a_link_to_a_new_password_goes_to_the_owner_alone(postern: Postern) -> None:
    ben, ada = await ben_with_everything(postern), await admin(postern)
    login, before = await postern.joined(), await rows_of(ben)
    ann = login["user"]["id"]
    assert await ada.kind(CLOSE_SESSIONS, userId=ann) == "AccountChanged"
    assert not await works(postern, login)
    assert await told("all_sessions_closed") == (ann, ada.id, {"closed": 1})
    sent = await ada.do(SEND_RESET, userId=ann)
    letter = await Letter.get(id=sent["letterId"])
    assert str(letter.user_id) == ann
    assert await told("password_reset_sent") == (ann, ada.id, {"letter_id": str(letter.id)})
    token = await postern.letter_token(EMAIL, 2)
    assert token not in str(sent)
    assert (await postern.login())["__typename"] == "LoggedIn"
    assert await rows_of(ben) == before


async def test_who_has_lost_phone_and_codes_is_let_in_by_a_letter(postern: Postern) -> None:
    ben, ada = await ben_with_everything(postern), await admin(postern)
    login, before = await postern.logged_in(), await rows_of(ben)
    ann = login["user"]["id"]
    assert await ada.kind(RESET_FACTORS, userId=ann) == "NotFound", "nothing to take away"
    assert await works(postern, login)
    await set_up(postern, login)
    await with_passkey(postern, login)
    assert await ada.kind(RESET_FACTORS, userId=ann) == "AccountChanged"
    assert not await works(postern, login)
    counts = {"apps": 1, "passkeys": 1, "recovery_codes": 10}
    assert await told("factors_removed") == (ann, ada.id, {"reason": "administrator", **counts})
    await done_with("request_password_reset")
    subjects = [one["Subject"] for one in postern.post.letters if one["To"] == EMAIL]
    assert await Letter.filter(user_id=ann, kind__in=("factors_removed", "request_password_reset")).count() == 2
    assert any("second factors" in one for one in subjects)
    assert any("password" in one for one in subjects)
    assert (await postern.login())["__typename"] == "LoggedIn"
    assert await rows_of(ben) == before


async def test_a_role_is_given_and_taken_and_twice_is_once(postern: Postern) -> None:
    ada, login, ben = await admin(postern), await postern.logged_in(), await postern.logged_in(BEN)
    ann = login["user"]["id"]
    await role(ada, "support", "READ_USERS")
    await roles.grant_first(BEN, "support")
    for _ in range(2):
        assert await ada.kind(GRANT, userId=ann, role="support") == "AccountChanged"
    grant = await UserRole.get(user_id=ann)
    assert (grant.role, str(grant.granted_by)) == ("support", ada.id)
    assert await told("role_granted") == (ann, ada.id, {"role": "support"})
    for _ in range(2):
        assert await ada.kind(REVOKE, userId=ann, role="support") == "AccountChanged"
    assert await told("role_revoked") == (ann, ada.id, {"role": "support"})
    assert await AuditEvent.filter(event__in=["role_granted", "role_revoked"], subject_id=ann).count() == 2
    assert [str(row.user_id) for row in await UserRole.filter(role="support")] == [ben["user"]["id"]]
    unknown = await ada.do(GRANT, userId=ann, role="nobody")
    assert unknown["errors"] == [{"field": "role", "code": "INVALID"}]


async def everybody(*ids: str) -> list[Any]:
    return [*[await rows_of(one) for one in ids], await Letter.all().count()]


async def test_nobody_touches_themselves_or_who_may_do_more_or_gives_what_they_have_not(postern: Postern) -> None:
    ada = await admin(postern)
    most = [one for one in Permission if one is not Permission.READ_AUDIT_LOG]
    bob = await admin(postern, "bob@example.com", await role(ada, "most", *most))
    ann = (await postern.logged_in())["user"]["id"]
    await role(ada, "other")
    await role(ada, "auditor", "READ_AUDIT_LOG")
    await roles.grant_first(EMAIL, "auditor")
    before = await everybody(ada.id, bob.id, ann)
    for query, inputs in BY_ID.items():
        for who, whom in ((ada, ada.id), (bob, bob.id), (bob, ada.id), (bob, ann)):
            assert await who.kind(query, userId=whom, **inputs) == "NotAllowed", (query, whom)
        for nobody in ("00000000-0000-0000-0000-000000000000", "no id", ""):
            assert await ada.kind(query, userId=nobody, **inputs) == "NotFound", query
    ben = (await postern.logged_in(BEN))["user"]["id"]
    for name in (ADMIN, "auditor"):
        assert await bob.kind(GRANT, userId=ben, role=name) == "NotAllowed", name
    assert await bob.kind(GRANT, userId=ben, role="most") == "AccountChanged", "what he has himself"
    assert (await everybody(ada.id, bob.id, ann))[:3] == before[:3]


@once
async def test_what_changes_others_asks_who_is_there_and_takes_a_reason(postern: Postern) -> None:
    ada, ann = await admin(postern), (await postern.logged_in())["user"]["id"]
    before = await everybody(ann)
    for reason, code in (("", "REQUIRED"), (" \t", "REQUIRED"), ("a" * 501, "TOO_LONG"), ("a\nb", "INVALID")):
        refused = await ada.do(DISABLE, userId=ann, reason=reason)
        assert refused["errors"] == [{"field": "reason", "code": code}], reason
    await Session.filter(user_id=ada.id).update(stepped_up_at=None)
    for query, inputs in BY_ID.items():
        assert await ada.kind(query, userId=ann, **inputs) == "StepUpNeeded", query
    assert await everybody(ann) == before


async def test_of_two_who_take_each_others_role_at_once_one_can_still_give_it_back(postern: Postern) -> None:
    ada, bob = await admin(postern), await admin(postern, "bob@example.com")

    async def take(who: Admin, whom: Admin) -> dict[str, Any]:
        return await who.ask(REVOKE, input={"userId": whom.id, "role": ADMIN})

    answers = await asyncio.gather(take(ada, bob), take(bob, ada))

    assert await UserRole.filter(role=ADMIN).count() == 1
    assert sum("errors" in answer for answer in answers) == 1, answers


def test_no_input_of_an_owners_says_what_only_others_may() -> None:
    """Only inputs of fields that need a permission name an account or a role."""
    theirs = {"userId", "role", "roles", "permissions", "emailConfirmed", "disabled", "disabledAt"}
    for (root, name), permissions in OPERATIONS.items():
        if issubclass(permissions[0], May):
            continue
        for argument in SDL.type_map[root].fields[name].args.values():  # type: ignore[attr-defined]
            kind = get_named_type(argument.type)
            assert not theirs & set(kind.fields if is_input_object_type(kind) else {name}), name
