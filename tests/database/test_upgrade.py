"""A database that an older version has filled: whatever waits in it goes on."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import jwt
import pytest
from tortoise.context import require_context
from uuid_utils.compat import uuid7

import database
import models.migrations
from database import configuration
from models import Link, Registration, Session, User
from security.keys import KeyRing, SecretKey
from security.passwords import Passwords
from security.tokens import RefreshTokens, digest
from settings import Settings
from tests.support.account import REFRESH
from tests.support.given import MakeSettings
from tests.support.postern import CONFIRM, EMAIL, ME, PASSWORD, running
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=1)


def only_up_to(number: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Know the migrations up to this one, as an older version does."""
    package = folder / f"older_than_{folder.name}"
    package.mkdir()
    for file in Path(models.migrations.__path__[0]).glob("*.py"):
        if file.stem == "__init__" or file.stem[:4] <= number:
            shutil.copy(file, package)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(configuration, "MIGRATIONS", package.name)


async def written(table: str, **values: object) -> None:
    """A row, as an older version has written it."""
    client = require_context().db()
    postgres = client.capabilities.dialect == "postgres"
    places = ", ".join(f"${n}" if postgres else "?" for n in range(1, len(values) + 1))
    known = [value if postgres or not hasattr(value, "hex") else str(value) for value in values.values()]
    await client.execute_query(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", known)  # noqa: S608


async def user(email: str, confirmed_at: datetime | None = None, password_hash: str = "") -> UUID:
    key = uuid7()
    common = {"password_hash": password_hash, "locale": "en", "created_at": NOW}
    await written("users", id=key, canonical_email=email, email_confirmed_at=confirmed_at, **common)
    return key


async def session(user_id: UUID) -> UUID:
    key = uuid7()
    common = {"generation": 1, "created_at": NOW, "rotated_at": NOW, "last_used_at": NOW, "expires_at": LATER}
    await written("sessions", id=key, user_id=user_id, **common)
    return key


def older_access_token(settings: Settings, user_id: UUID, session_id: UUID) -> str:
    """As it was before `amr` and `auth_time`."""
    keys, url = KeyRing(settings), settings.public_url
    claims = {"iss": url, "aud": url, "sub": str(user_id), "sid": str(session_id), "jti": str(uuid4())}
    times = {"iat": NOW, "exp": LATER}
    headers = {"typ": "at+jwt", "kid": keys.kid}
    return jwt.encode(claims | times, keys.signing_key, algorithm=keys.algorithm, headers=headers)


async def confirmation(user_id: object, token: str, password_hash: str, confirmed_at: datetime | None = None) -> None:
    facts = {"name": f"of {token}", "locale": "de", "created_at": NOW, "expires_at": LATER}
    ids = {"id": uuid7(), "user_id": user_id, "token_digest": digest(token)}
    await written("confirmations", **ids, **facts, password_hash=password_hash, confirmed_at=confirmed_at)


async def test_links_of_waiting_registrations_confirm_what_they_were_about(
    empty_url: str,
    make_settings: MakeSettings,
    post: PostOffice,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as older:
        only_up_to("0005", tmp_path, older)
        await database.migrate(empty_url)
        async with database.opened(empty_url, 1):
            ann, ben = await user(EMAIL), await user(BEN, NOW)
            for token, password_hash in (("first", "hash 1"), ("again", "hash 1"), ("other", "hash 2")):
                await confirmation(ann, token, password_hash)
            await confirmation(ben, "used", "", NOW)
            await confirmation(ben, "strange", "hash 3")
    assert (await database.migrate(empty_url))[0] == "0006_links_of_registrations"
    async with running(make_settings(database_url=empty_url, smtp_url=post.url), post) as server:
        assert await Registration.all().count() == 4
        assert await Link.filter(registration__user__canonical_email=EMAIL).count() == 3
        assert (await server.do(CONFIRM, token="used"))["alreadyConfirmed"] is True
        assert (await server.do(CONFIRM, token="strange"))["__typename"] == "InvalidToken"
        assert await server.do(CONFIRM, token="again") == {
            "__typename": "EmailConfirmed",
            "email": EMAIL,
            "alreadyConfirmed": False,
        }
        assert (await server.do(CONFIRM, token="first"))["alreadyConfirmed"] is True, "it is of the same registration"
        assert (await server.do(CONFIRM, token="other"))["__typename"] == "InvalidToken"
        row = await User.get(canonical_email=EMAIL)
        assert row.password_hash == "hash 1"
        assert row.name in ("of first", "of again")
        assert row.locale == "de"


async def test_who_is_signed_in_stays_so_with_the_tokens_of_before(
    empty_url: str,
    make_settings: MakeSettings,
    post: PostOffice,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = make_settings(database_url=empty_url, smtp_url=post.url)
    with monkeypatch.context() as older:
        only_up_to("0006", tmp_path, older)
        await database.migrate(empty_url)
        async with database.opened(empty_url, 1):
            ann = await user(EMAIL, NOW, await Passwords(settings).hash(PASSWORD))
            ben = await user(BEN, NOW)
            anns, bens = await session(ann), await session(ben)
    assert (await database.migrate(empty_url))[0] == "0007_step_up"
    async with running(settings, post) as server:
        assert await Session.all().order_by("id").values_list("id", "methods", "stepped_up_at") == [
            (anns, ["password"], None),
            (bens, ["password"], None),
        ]
        assert await User.filter(credentials_version=0).count() == 2
        for email, owner, opened in ((EMAIL, ann, anns), (BEN, ben, bens)):
            body = await server.ask(ME, token=older_access_token(settings, owner, opened))
            assert body["data"]["me"]["email"] == email
        token = RefreshTokens(settings, SecretKey(settings)).issue(anns, 1, NOW, LATER)
        refreshed = await server.do(REFRESH, refreshToken=token)
        claims = jwt.decode(refreshed["accessToken"], options={"verify_signature": False})
        assert (claims["amr"], claims["auth_time"]) == (["pwd"], int(NOW.timestamp())), (
            "the login is when it was opened"
        )
        assert (await server.login())["__typename"] == "LoggedIn"
