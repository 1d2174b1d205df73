"""Searching accounts, a page at a time, and seeing one"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tortoise.context import require_context

from models import AuditEvent, Device, Identity, RecoveryCode, Session, TotpSecret, User
from resolvers import roles
from tests.support.admins import ACCOUNT, ACCOUNTS, ADA, WHOLE_ACCOUNTS, Admin, admin, role
from tests.support.databases import once
from tests.support.passkeys import with_passkey
from tests.support.postern import EMAIL, Postern

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE = {  # by the beginning of their address, in the order of their registration
    "ann": "Ann Ångström",
    "annabel": "annabel lee",
    "ben": "100% Ben_jamin",
    "o'brien": "O'Brien",
    "a-z": "Ännchen",
    "zoë": None,
}


@pytest.fixture
async def ada(postern: Postern) -> Admin:
    """An administrator, after whom some people have registered."""
    ada = await admin(postern)
    for local, name in PEOPLE.items():
        known: dict[str, Any] = {"name": name, "locale": "en", "created_at": NOW, "email_confirmed_at": NOW}
        await User.create(canonical_email=f"{local}@example.com", **known)
    return ada


async def found(ada: Admin, **wanted: Any) -> list[str]:
    """The beginnings of the addresses that a filter finds."""
    answer = await ada.ask(ACCOUNTS, filter=wanted)
    assert "errors" not in answer, answer
    return [node["email"].partition("@")[0] for node in answer["data"]["accounts"]["nodes"]]


async def test_a_search_is_for_the_beginning_of_an_address_or_a_name_or_for_an_id(ada: Admin) -> None:
    """Nothing is a pattern, and no database's language makes a letter another."""
    cases = {
        "ann": ["annabel", "ann"],
        "ANN": ["annabel", "ann"],
        "annabel@example.com": ["annabel"],
        "Ann": ["annabel", "ann"],
        "ann å": ["ann"],
        "Ann Å": ["ann"],
        "annabel l": ["annabel"],
        "a": ["a-z", "annabel", "ann", "ada"],
        "än": ["a-z"],
        "100%": ["ben"],
        "o'": ["o'brien"],
        "zoë": ["zoë"],
        " zoë ": ["zoë"],
        ada.id.upper(): ["ada"],
        **{text: [] for text in ("%", "_", "nn", "example.com", "100_", "\0", "a\0", "\ud800", "x" * 10_000, "lee")},
    }
    for text, expected in cases.items():
        assert await found(ada, search=text) == expected, ascii(text[:20])
    assert await found(ada, search="") == [*reversed(PEOPLE), "ada"]


async def test_filters_narrow_each_other_and_none_widens(ada: Admin) -> None:
    await User.filter(canonical_email="ann@example.com").update(disabled_at=NOW)
    await User.filter(canonical_email="ben@example.com").update(email_confirmed_at=None)
    await role(ada, "support")
    await roles.grant_first("annabel@example.com", "support")
    assert await found(ada, disabled=True) == ["ann"]
    assert await found(ada, disabled=False, search="ann") == ["annabel"]
    assert await found(ada, emailConfirmed=False) == ["ben"]
    assert await found(ada, emailConfirmed=True, search="ben") == []
    assert await found(ada, role="admin") == ["ada"]
    assert await found(ada, role="support", search="ann") == ["annabel"]
    assert await found(ada, role="support", disabled=True) == []
    for name in ("nobody", "\0", "\ud800", ""):
        assert await found(ada, role=name) == []


async def test_pages_follow_one_another_whatever_comes_meanwhile(ada: Admin) -> None:
    seen: list[str] = []
    after, more = None, True
    while more:
        page = (await ada.ask(ACCOUNTS, first=3, after=after))["data"]["accounts"]
        info, edges = page["pageInfo"], page["edges"]
        assert [edge["node"] for edge in edges] == page["nodes"]
        assert (info["startCursor"], info["endCursor"]) == (edges[0]["cursor"], edges[-1]["cursor"])
        assert info["hasPreviousPage"] is (after is not None)
        seen += [node["email"].partition("@")[0] for node in page["nodes"]]
        after, more = info["endCursor"], info["hasNextPage"]
        known: dict[str, Any] = {"locale": "en", "created_at": NOW}
        await User.create(canonical_email=f"new{len(seen)}@example.com", **known)
    assert seen == [*reversed(PEOPLE), "ada"]
    last = (await ada.ask(ACCOUNTS, after="00000000-0000-0000-0000-000000000000"))["data"]["accounts"]
    assert (last["nodes"], last["pageInfo"]["hasNextPage"], last["pageInfo"]["endCursor"]) == ([], False, None)


@once
async def test_a_page_has_at_most_a_hundred_and_a_cursor_is_one_of_the_list(ada: Admin) -> None:
    for wrong in ({"first": 0}, {"first": -1}, {"first": 101}, {"after": "nobody"}, {"after": ""}, {"after": "\0"}):
        answer = await ada.ask(ACCOUNTS, **wrong)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"], wrong


async def test_one_account_is_seen_with_what_protects_it_and_no_secret(postern: Postern) -> None:
    ada, login = await admin(postern), await postern.logged_in(name="Ann")
    await with_passkey(postern, login)
    seen = (await ada.ask(ACCOUNT, id=login["user"]["id"]))["data"]["account"]
    assert (seen["email"], seen["name"], seen["locale"], seen["hasPassword"]) == (EMAIL, "Ann", "en", True)
    assert (seen["passkeyCount"], seen["secondFactors"]["required"], seen["identities"]) == (1, False, [])
    assert (seen["disabledAt"], seen["disabledReason"], seen["roles"]) == (None, None, [])
    assert [one["current"] for one in seen["sessions"]] == [False]
    assert seen["lastLoginAt"] >= seen["createdAt"]
    own = (await ada.ask(ACCOUNT, id=ada.id))["data"]["account"]
    assert (own["email"], own["roles"], own["secondFactors"]["required"]) == (ADA, [{"name": "admin"}], True)
    for nobody in ("00000000-0000-0000-0000-000000000000", "no id"):
        assert (await ada.ask(ACCOUNT, id=nobody))["data"] == {"account": None}


async def belong(local: str, count: int) -> None:
    """Gives an account so many of each thing, and one of each that counts no more."""
    user = await User.get(canonical_email=f"{local}@example.com")
    now, long_ago = datetime.now(UTC), NOW - timedelta(days=365)
    soon = now + timedelta(days=1)
    await TotpSecret.create(user=user, sealed_secret=b"", created_at=now, confirmed_at=NOW if count > 1 else None)
    known: dict[str, Any] = {"user": user, "created_at": now}
    used: dict[str, Any] = {"methods": ["password"], "last_used_at": now}
    await Session.create(**known, **used, rotated_at=long_ago, expires_at=soon)
    for number in range(count + 1):
        end, name = soon if number else long_ago, f"{local}{number}"
        await Session.create(**known, **used, rotated_at=now, expires_at=end)
        await Device.create(**known, token_digest=name, last_used_at=now, expires_at=soon, remembered_until=end)
        await AuditEvent.create(at=NOW, event="logged_in" if number else "refreshed", subject_id=user.id, details={})
    for number in range(count):
        await RecoveryCode.create(user=user, created_at=now, code_digest=f"{local}{number}")
        await Identity.create(
            user=user, created_at=now, provider=f"{local}{number}", issuer="i", subject=f"{local}{number}"
        )


async def test_a_page_of_whole_accounts_asks_no_more_often_than_one_of_them_and_mixes_none_up(
    ada: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for local, count in {"ann": 1, "ben": 2, "zoë": 3}.items():
        await belong(local, count)
    client = type(require_context().db())
    asked, ask = [], client.execute_query

    async def noted(self: Any, query: str, *values: Any, **others: Any) -> Any:
        asked.append(query)
        return await ask(self, query, *values, **others)

    monkeypatch.setattr(client, "execute_query", noted)
    (newest,) = (await ada.ask(WHOLE_ACCOUNTS, first=1))["data"]["accounts"]["nodes"]
    of_one, asked[:] = len(asked), []
    nodes = (await ada.ask(WHOLE_ACCOUNTS, first=100))["data"]["accounts"]["nodes"]
    assert (len(nodes), nodes[0], len(asked)) == (len(PEOPLE) + 1, newest, of_one)
    assert newest["secondFactors"] == {
        "required": True,
        "totpSince": NOW.isoformat(),
        "recoveryCodesLeft": 3,
        "rememberedDevices": 3,
    }
    for node in nodes:
        assert node == (await ada.ask(ACCOUNT, id=node["id"]))["data"]["account"]
    told = {node["email"].partition("@")[0]: node for node in nodes}
    counts = {name: (len(node["sessions"]), len(node["identities"])) for name, node in told.items()}
    assert counts == {
        "zoë": (3, 3),
        "a-z": (0, 0),
        "o'brien": (0, 0),
        "ben": (2, 2),
        "annabel": (0, 0),
        "ann": (1, 1),
        "ada": (1, 0),
    }
    assert [told[name]["secondFactors"]["required"] for name in ("ann", "annabel", "ada")] == [False, False, True]
    assert [one["provider"] for one in told["zoë"]["identities"]] == ["zoë0", "zoë1", "zoë2"], "the oldest first"
    assert [told[name]["lastLoginAt"] for name in ("ann", "annabel")] == [NOW.isoformat(), None]
