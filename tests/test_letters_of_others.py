"""Letters on their way, as those see them who look after them"""

from datetime import UTC, datetime, timedelta

import pytest

from models import AuditEvent, Letter
from tests.support.admins import LETTERS, RETRY_LETTER, Admin, admin
from tests.support.databases import once
from tests.support.outbox import done_with
from tests.support.postern import EMAIL, Postern

pytestmark = pytest.mark.anyio


async def states(ada: Admin, **wanted: object) -> list[tuple[str, str]]:
    nodes = (await ada.ask(LETTERS, **wanted))["data"]["letters"]["nodes"]
    return [(node["kind"], node["state"]) for node in nodes]


async def test_they_are_found_by_state_kind_and_account_and_nobody_reads_them(postern: Postern) -> None:
    ada = await admin(postern)
    login = await postern.joined()
    token = await postern.letter_token()
    await done_with("confirm_email")
    now, user = datetime.now(UTC), {"user_id": login["user"]["id"]}
    await Letter.create(**user, kind="password_changed", created_at=now, died_at=now, last_error="550")
    later = now + timedelta(hours=1)
    waiting = await Letter.create(**user, kind="session_closed", created_at=now, due_at=later, attempts=2)
    theirs = [("session_closed", "DUE"), ("password_changed", "DEAD"), ("confirm_email", "DELIVERED")]
    assert await states(ada, userId=login["user"]["id"]) == theirs
    assert await states(ada, state="DUE") == theirs[:1]
    assert await states(ada, state="DEAD") == theirs[1:2]
    assert await states(ada, kind="confirm_email") == [theirs[2]]
    for nobody in (
        {"kind": "\0"},
        {"kind": "nothing"},
        {"userId": "no id"},
        {"userId": ""},
        {"state": "DUE", "kind": "confirm_email"},
    ):
        assert await states(ada, **nobody) == [], nobody
    everything = str(await ada.ask(LETTERS))
    assert (token in everything, EMAIL in everything) == (False, False)

    result = await ada.do(RETRY_LETTER, letterId=str(waiting.id))

    assert result["letter"]["state"] == "DUE"
    assert (await Letter.get(id=waiting.id)).due_at != later
    event = await AuditEvent.get(event="letter_retried")
    told = {"letter_id": str(waiting.id)}
    assert (str(event.subject_id), str(event.actor_id), event.details) == (login["user"]["id"], ada.id, told)
    assert event.ip_address == "127.0.0.1"
    assert await ada.kind(RETRY_LETTER, letterId=str(waiting.id)) == "LetterRetried", "which comes by itself"
    assert await AuditEvent.filter(event="letter_retried").count() == 1


@once
async def test_one_that_is_delivered_or_has_died_is_not_tried_again(postern: Postern) -> None:
    ada = await admin(postern)
    await done_with("confirm_email")
    await Letter.create(kind="password_changed", created_at=datetime.now(UTC), died_at=datetime.now(UTC))
    before = await Letter.all().order_by("id").values()
    for letter in before:
        assert await ada.kind(RETRY_LETTER, letterId=str(letter["id"])) == "NotFound"
    for nobody in ("no id", "", "00000000-0000-0000-0000-000000000000"):
        assert await ada.kind(RETRY_LETTER, letterId=nobody) == "NotFound"
    assert await Letter.all().order_by("id").values() == before
    assert not await AuditEvent.exists(event="letter_retried")
