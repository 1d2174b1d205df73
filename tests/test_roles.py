"""Roles: the first administrator, what a role allows, and who may change one"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest

from errors import NotFound
from models import AuditEvent, Permission, Role, Session, User, UserRole
from resolvers import roles
from schema.permissions import May
from tests.docs.blocks import block
from tests.support.account import REFRESH
from tests.support.admins import ADA, DELETE_ROLE, GRANT, REVOKE, WRITE_ROLE, Admin, admin, role
from tests.support.databases import once
from tests.support.factors import in_steps
from tests.support.operators import operate
from tests.support.postern import EMAIL, Postern
from tests.test_default_deny import OPERATIONS, SDL, codes

pytestmark = pytest.mark.anyio

ROLES = "{ roles { name permissions } }"
MINE = "{ me { roles { name permissions } } }"
COMMAND = block("docs/administration.md", "postern roles grant ann@example.com admin")
NEEDING = {
    operation: permissions[0].permission
    for operation, permissions in OPERATIONS.items()
    if permissions and issubclass(permissions[0], May)
}


def claimed(login: dict[str, Any]) -> list[str]:
    """The roles that an access token tells other servers of."""
    return list(jwt.decode(login["accessToken"], options={"verify_signature": False})["roles"])


async def rows() -> list[Any]:
    """All that is known of roles."""
    return [await Role.all().order_by("name").values(), await UserRole.all().order_by("id").values()]


async def grant_role(folder: Path, server: Postern, address: str, name: str = "admin") -> tuple[int, str]:
    """The code that the command ends with, and what it says."""
    _, *words = COMMAND.text.strip().replace(EMAIL, address).replace(" admin", f" {name}").split(" ")
    ended = await operate(folder, server.settings, *words)
    return ended.code, ended.output + ended.complaint


@once
async def test_no_account_comes_with_the_server_and_the_prompt_makes_the_first_administrator(
    postern: Postern, tmp_path: Path
) -> None:
    assert await User.all().count() == await UserRole.all().count() == 0
    ben, login = await postern.logged_in("ben@example.com"), await postern.logged_in()
    assert claimed(login) == []

    code, told = await grant_role(tmp_path, postern, "Ann@Example.com")

    assert (code, "from now on" in told, EMAIL in told) == (0, True, False)
    (grant,) = await UserRole.all()
    assert (str(grant.user_id), grant.role, grant.granted_by) == (login["user"]["id"], "admin", None)
    event = await AuditEvent.get(event="role_granted")
    assert (str(event.subject_id), event.actor_id, event.details) == (login["user"]["id"], None, {"role": "admin"})
    everything = [{"name": "admin", "permissions": list(Permission)}]
    assert (await postern.ask(MINE, token=login["accessToken"]))["data"]["me"]["roles"] == everything
    assert (await postern.ask(MINE, token=ben["accessToken"]))["data"]["me"]["roles"] == []

    assert "already" in (await grant_role(tmp_path, postern, EMAIL))[1]
    await postern.register("bell@example.com")
    before = await rows()
    for address, name, complaint in (
        ("nobody@example.com", "admin", "No account has this address"),
        ("bell@example.com", "admin", "Nobody has confirmed this address"),
        (EMAIL, "root", "There is no role of this name"),
    ):
        code, told = await grant_role(tmp_path, postern, address, name)
        assert (code, complaint in told) == (1, True), told
    assert await rows() == before


def test_every_field_for_administrators_names_one_permission_and_none_stands_there_for_nothing() -> None:
    for kind, name in OPERATIONS:
        described = SDL.type_map[kind].fields[name].description or ""  # type: ignore[attr-defined]
        needs = [one for one in Permission if f"Needs {one}" in described]
        assert needs == [NEEDING[kind, name]] if (kind, name) in NEEDING else needs == [], (kind, name)
    assert len(NEEDING) >= len({*NEEDING.values()}) > 1


@once
async def test_whoever_lacks_the_permission_or_the_second_factor_is_refused(postern: Postern) -> None:
    """Walks the schema: for each field somebody who may do everything else."""
    ada = await admin(postern)
    ann = await postern.logged_in()
    for root, name in NEEDING:
        assert await codes(postern, root, name) == ["UNAUTHENTICATED"], name
        assert await codes(postern, root, name, ann["accessToken"]) == ["FORBIDDEN"], name
    other = await admin(postern, "bob@example.com", await role(ada, "other"))
    for (root, name), needed in NEEDING.items():
        await role(ada, "other", *(one for one in Permission if one is not needed))
        assert await codes(postern, root, name, other.login["accessToken"]) == ["FORBIDDEN"], name
        await role(ada, "other", needed)
        assert await codes(postern, root, name, other.login["accessToken"]) == [], name
    remembered = await in_steps(postern, ada.app, ADA, remember=True)
    token = (await postern.login(ADA, deviceToken=remembered["deviceToken"]))["accessToken"]
    for root, name in NEEDING:
        assert await codes(postern, root, name, token) == ["FORBIDDEN"], "proven some day, and not in this session"


@once
async def test_a_role_counts_from_the_next_request_and_in_tokens_from_the_next_refresh(postern: Postern) -> None:
    ada = await admin(postern)
    bob = await admin(postern, "bob@example.com", await role(ada, "support", "READ_USERS"))
    assert claimed(bob.login) == []
    refreshed = await postern.do(REFRESH, refreshToken=bob.login["refreshToken"])
    assert claimed(refreshed) == ["support"]
    assert "errors" not in await bob.ask(ROLES)
    await ada.do(DELETE_ROLE, name="support")
    assert (await bob.ask(ROLES))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert claimed(await postern.do(REFRESH, refreshToken=refreshed["refreshToken"])) == []


@once
async def test_who_has_every_role_that_there_can_be_has_a_token_that_is_taken(postern: Postern) -> None:
    login, now = await postern.logged_in(), datetime.now(UTC)
    names, user_id = [f"{number:a>40}" for number in range(roles.MOST_ROLES)], login["user"]["id"]
    await Role.bulk_create([Role(name=name, permissions=[], created_at=now) for name in names])
    await UserRole.bulk_create([UserRole(user_id=user_id, role=name, granted_at=now) for name in ["admin", *names]])
    refreshed = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    assert sorted(claimed(refreshed)) == sorted(["admin", *names])
    assert (await postern.ask("{ me { id } }", token=refreshed["accessToken"]))["data"]["me"]["id"] == user_id


async def test_a_role_is_written_changed_and_deleted_and_the_others_stay(postern: Postern) -> None:
    ada = await admin(postern)
    bob = await admin(postern, "bob@example.com", await role(ada, "reader", "READ_USERS"))
    result = await ada.do(WRITE_ROLE, name="support", permissions=["CLOSE_SESSIONS", "READ_USERS"])
    assert result["role"] == {"name": "support", "permissions": ["READ_USERS", "CLOSE_SESSIONS"]}
    await role(ada, "support")
    known = [{"name": "admin", "permissions": list(Permission)}, {"name": "reader", "permissions": ["READ_USERS"]}]
    assert (await ada.ask(ROLES))["data"]["roles"] == [*known, {"name": "support", "permissions": []}]
    await postern.logged_in()
    await roles.grant_first(EMAIL, "support")

    assert await ada.kind(DELETE_ROLE, name="support") == "RoleDeleted"

    assert (await ada.ask(ROLES))["data"]["roles"] == known
    assert sorted([grant.role for grant in await UserRole.all()]) == ["admin", "reader"]
    assert "errors" not in await bob.ask(ROLES)
    assert await ada.kind(DELETE_ROLE, name="support") == "NotFound"
    events = await AuditEvent.filter(event__in=["role_written", "role_deleted"]).order_by("id")
    assert {str(event.actor_id) for event in events} == {ada.id}
    assert [event.details for event in events][-2:] == [
        {"role": "support", "permissions": []},
        {"role": "support", "revoked": 1},
    ]


@once
async def test_what_is_not_acceptable_is_told_and_nothing_is_written(
    postern: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await admin(postern)
    known = await role(ada, "known")
    before = await rows()
    for name in ("", "Support", "a b", "-a", "a-", "a" * 41, "rôle", "a\n"):
        result = await ada.do(WRITE_ROLE, name=name, permissions=[])
        assert result == {"__typename": "InvalidInput", "errors": [{"field": "name", "code": "INVALID"}]}, name
    monkeypatch.setattr(roles, "MOST_ROLES", 1)
    assert await ada.kind(WRITE_ROLE, name="one-too-many", permissions=[]) == "InvalidInput"
    assert await ada.kind(WRITE_ROLE, name=known, permissions=[]) == "RoleWritten", "which is none more"
    monkeypatch.undo()
    await Session.all().update(stepped_up_at=None)
    assert await ada.kind(WRITE_ROLE, name="support", permissions=[]) == "StepUpNeeded"
    assert await ada.kind(DELETE_ROLE, name="support") == "StepUpNeeded"
    assert await rows() == before


async def test_what_can_be_no_roles_name_is_nobodys_role_however_it_is_asked_for(postern: Postern) -> None:
    ada, login = await admin(postern), await postern.logged_in()
    before = await rows()
    for name in ("", "Admin", "a\0", "\ud800", "a" * 10_000):
        result = await ada.do(GRANT, userId=login["user"]["id"], role=name)
        assert result["errors"] == [{"field": "role", "code": "INVALID"}], ascii(name[:9])
        assert await ada.kind(REVOKE, userId=login["user"]["id"], role=name) == "AccountChanged", ascii(name[:9])
        assert await ada.kind(DELETE_ROLE, name=name) == "NotFound", ascii(name[:9])
        with pytest.raises(NotFound):
            await roles.grant_first(EMAIL, name)
        assert not await roles.revoke_at_prompt(EMAIL, name)
    assert await rows() == before


async def escalations(ada: Admin, bob: Admin) -> list[tuple[Admin, str, dict[str, Any]]]:
    """What nobody may do to a role; Bob may give roles and read accounts."""
    strong = await role(ada, "strong", "MANAGE_USERS")
    shared = await role(ada, "shared")
    await roles.grant_first(ADA, shared)
    return [
        (ada, WRITE_ROLE, {"name": "admin", "permissions": ["READ_USERS"]}),
        (ada, DELETE_ROLE, {"name": "admin"}),
        (bob, DELETE_ROLE, {"name": "admin"}),
        (bob, WRITE_ROLE, {"name": "new", "permissions": ["MANAGE_USERS"]}),
        (bob, WRITE_ROLE, {"name": "giver", "permissions": list(Permission)}),
        (bob, WRITE_ROLE, {"name": strong, "permissions": []}),
        (bob, DELETE_ROLE, {"name": strong}),
        (bob, WRITE_ROLE, {"name": shared, "permissions": ["READ_USERS"]}),
        (bob, DELETE_ROLE, {"name": shared}),
        (bob, WRITE_ROLE, {"name": "giver", "permissions": ["READ_USERS"]}),
        (bob, DELETE_ROLE, {"name": "giver"}),
    ]


async def test_nobody_writes_more_into_a_role_than_they_have_nor_takes_from_who_has_more(postern: Postern) -> None:
    ada = await admin(postern)
    bob = await admin(postern, "bob@example.com", await role(ada, "giver", "MANAGE_ROLES", "READ_USERS"))
    attempts = await escalations(ada, bob)
    before = await rows()
    for who, query, inputs in attempts:
        assert await who.kind(query, **inputs) == "NotAllowed", inputs
    assert await rows() == before
    assert await bob.kind(WRITE_ROLE, name="new", permissions=["READ_USERS"]) == "RoleWritten", "what he has himself"
    both = ["READ_USERS", "MANAGE_ROLES"]
    assert await bob.kind(WRITE_ROLE, name="new", permissions=both) == "RoleWritten", "all that he has himself"
    await postern.logged_in()
    await roles.grant_first(EMAIL, "new")
    assert await bob.kind(WRITE_ROLE, name="new", permissions=[]) == "RoleWritten", "nobody who has it may do more"
