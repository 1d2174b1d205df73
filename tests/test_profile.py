"""updateProfile, deleteAccount, exportMyData"""

import asyncio
import json
from typing import Any

import pytest

from locales import texts
from models import AuditEvent, Device, Identity, Letter, Link, Registration, Session, User
from resolvers import profile
from tests.support.account import DELETE, EXPORT, UPDATE_PROFILE, requested_change, requested_reset, works
from tests.support.databases import once
from tests.support.outbox import done_with
from tests.support.postern import EMAIL, PASSWORD, Postern

pytestmark = pytest.mark.anyio

DELETE_AND_SAY = DELETE.replace("__typename", "__typename ... on Problem { message }", 1)


@pytest.mark.parametrize(
    ("given", "name", "locale"),
    [
        ({"name": "Anna"}, "Anna", "en"),
        ({"locale": "de-AT"}, "Ann", "de"),
        ({"name": None, "locale": "fr"}, None, "fr"),
        ({}, "Ann", "en"),
    ],
)
@once
async def test_what_is_given_is_written_and_the_rest_stays(
    postern: Postern, given: dict[str, Any], name: str | None, locale: str
) -> None:
    await postern.logged_in("ben@example.com", name="Ben")
    login = await postern.logged_in(name="Ann")
    result = await postern.do(UPDATE_PROFILE, login["accessToken"], **given)
    assert result["user"] == {"name": name, "locale": locale, "email": EMAIL}
    users = await User.all().order_by("id").values_list("name", "locale")
    assert users == [("Ben", "en"), (name, locale)]


@once
async def test_what_is_wrong_is_named_and_nothing_is_written(postern: Postern) -> None:
    login = await postern.logged_in(name="Ann")
    result = await postern.do(UPDATE_PROFILE, login["accessToken"], name="x\0", locale="tlh")
    assert result["errors"] == [{"field": "name"}, {"field": "locale"}]
    result = await postern.do(UPDATE_PROFILE, login["accessToken"], name="Anna", locale=None)
    assert result["errors"] == [{"field": "locale"}]
    user = await User.get()
    assert (user.name, user.locale) == ("Ann", "en")


async def test_a_deleted_account_is_gone_with_all_that_hung_on_it_and_gets_a_farewell(postern: Postern) -> None:
    ben = await postern.joined("ben@example.com")
    login = await postern.joined(name="Ann")
    await requested_change(postern, login)
    await requested_reset(postern)

    result = await postern.do(DELETE, login["accessToken"], password=PASSWORD)

    assert result == {"__typename": "AccountDeleted", "id": login["user"]["id"]}
    assert not await works(postern, login)
    assert (await postern.login())["__typename"] == "InvalidCredentials"
    for table in (Session, Device, Registration, Link):
        assert await table.exclude(user_id=ben["user"]["id"]).count() == 0
    assert await User.all().count() == 1
    await postern.post.letters_to(EMAIL, 4)
    await done_with("account_deleted")
    (farewell,) = await Letter.filter(kind="account_deleted")
    assert (farewell.user_id, farewell.sealed_text) == (None, None)
    assert await Letter.filter(user_id=login["user"]["id"]).count() == 0
    assert await works(postern, ben)


@once
async def test_deleting_asks_for_the_password_again(postern: Postern) -> None:
    login = await postern.logged_in()
    result = await postern.do(DELETE, login["accessToken"], password="a guess")
    assert result["__typename"] == "InvalidCredentials"
    assert await works(postern, login)


async def test_of_two_that_delete_at_once_the_second_is_told_that_it_came_too_late(postern: Postern) -> None:
    ben = await postern.logged_in("ben@example.com")
    login = await postern.logged_in()
    both = await asyncio.gather(*(postern.do(DELETE_AND_SAY, login["accessToken"], password=PASSWORD) for _ in "12"))
    late, first = sorted(both, key=lambda answer: answer["__typename"] == "AccountDeleted")
    assert (first["__typename"], late["__typename"]) == ("AccountDeleted", "InvalidCredentials")
    assert late["message"] == texts("en")("refusal.changed_meanwhile")
    assert await works(postern, ben)


@once
async def test_a_deleted_address_can_be_registered_anew(postern: Postern) -> None:
    login = await postern.joined()
    await postern.do(DELETE, login["accessToken"], password=PASSWORD)
    await postern.post.letters_to(EMAIL, 2)
    again = await postern.joined()
    assert again["user"]["id"] != login["user"]["id"]


async def test_the_export_holds_everything_about_the_person_and_no_secret(postern: Postern) -> None:
    postern.http.headers["User-Agent"] = "A browser/1.0"
    await postern.joined("ben@example.com")
    login = await postern.joined(name="Ann")
    await requested_change(postern, login)
    await postern.register(name="a stranger of the same address")
    export = (await postern.ask(EXPORT, token=login["accessToken"]))["data"]["me"]["exportMyData"]
    assert export["account"]["factor_failures"] == 0, "a number is a number"
    assert export["account"]["canonical_email"] == EMAIL
    assert export["account"]["name"] == "Ann"
    assert [(one["user_agent"], one["methods"]) for one in export["sessions"]] == [("A browser/1.0", ["password"])]
    assert [one["user_agent"] for one in export["devices"]] == ["A browser/1.0"]
    assert {one["purpose"] for one in export["links"]} == {"confirm_email", "change_email", "undo_email_change"}
    assert {one["kind"] for one in export["letters"]} >= {"confirm_email", "email_change_notice"}
    assert [one["name"] for one in export["registrations"]] == ["Ann"]
    text = json.dumps(export)
    user = await User.get(canonical_email=EMAIL)
    links = await Link.filter(user=user)
    devices = await Device.filter(user=user)
    for secret in (
        user.password_hash,
        login["deviceToken"],
        *(device.token_digest for device in devices),
        "ben@example.com",
        *(link.token_digest for link in links),
    ):
        assert secret not in text


async def test_every_column_about_a_person_is_exported_or_known_to_be_secret() -> None:
    """So that a column that is added later is not forgotten."""
    told = {User: profile.ACCOUNT, Session: profile.SESSION, Registration: profile.REGISTRATION}
    told |= {Link: profile.LINK, Letter: profile.LETTER, Device: profile.DEVICE, AuditEvent: profile.EVENT}
    told |= {Identity: profile.IDENTITY}
    ours = {"password_hash", "token_digest", "sealed_text", "user_id", "session_id", "generation", "due_at", "attempts"}
    ours |= {"identity"}  # of a registration that waits
    ours |= {"trace"}  # which request wrote a letter, by a number that nobody else knows
    ours |= {"disabled_reason"}  # which its owner does not see
    ours |= {"credentials_version", "rotated_agent", "rotated_block", "registration_id"}
    ours |= {"actor_id", "subject_id", "request_id", "details"}  # ids, counts and names of fields
    for table, columns in told.items():
        assert set(table._meta.fields_db_projection) - set(columns) <= ours
