"""login"""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from models import AuditEvent, Device, Registration, Session, User
from security.passwords import Passwords, Verdict
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, ME, PASSWORD, RESEND, Postern, running
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio


@once
async def test_after_confirming_the_password_opens_a_session(postern: Postern) -> None:
    postern.http.headers["User-Agent"] = "A browser/1.0"
    login = await postern.joined(name="Ann")
    session = await Session.get()
    user = await User.get()
    assert login["user"] == {
        "id": str(user.id),
        "email": EMAIL,
        "emailConfirmed": True,
        "name": "Ann",
        "locale": "en",
        "createdAt": user.created_at.isoformat(),
    }
    assert (session.user_agent, session.ip_address, session.generation) == ("A browser/1.0", "127.0.0.1", 1)
    assert session.expires_at - session.created_at == timedelta(days=180)


@pytest.mark.parametrize(("sent", "kept"), [("x" * 256, "x" * 255), ("x" * 255, "x" * 255), (None, None)])
async def test_of_what_a_client_calls_itself_as_much_is_kept_as_there_is_room_for(
    postern: Postern, sent: str | None, kept: str | None
) -> None:
    del postern.http.headers["User-Agent"]
    if sent:
        postern.http.headers["User-Agent"] = sent
    assert (await postern.joined())["__typename"] == "LoggedIn"
    session, device, event = await Session.get(), await Device.get(), await AuditEvent.get(event="logged_in")
    assert (session.user_agent, device.user_agent, event.user_agent) == (kept, kept, kept)


@once
async def test_the_access_token_is_as_rfc_9068_has_it(postern: Postern) -> None:
    login = await postern.logged_in()
    keys = (await postern.http.get("/.well-known/jwks.json")).json()
    (key,) = jwt.PyJWKSet.from_dict(keys).keys
    url = postern.settings.public_url
    token = jwt.decode_complete(login["accessToken"], key, algorithms=["EdDSA"], audience=url, issuer=url)
    assert token["header"] == {"alg": "EdDSA", "typ": "at+jwt", "kid": key.key_id}
    claims = token["payload"]
    assert claims.keys() == {"iss", "aud", "sub", "sid", "jti", "amr", "auth_time", "roles", "iat", "exp"}
    session = await Session.get()
    assert claims["sub"] == login["user"]["id"]
    assert claims["sid"] == str(session.id)
    assert (claims["amr"], claims["auth_time"]) == (["pwd"], int(session.created_at.timestamp()))
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert datetime.fromisoformat(login["expiresAt"]) == datetime.fromtimestamp(claims["exp"], UTC)


@once
async def test_the_refresh_token_is_signed_numbered_and_not_to_be_made_from_the_database(postern: Postern) -> None:
    login = await postern.logged_in()
    session = await Session.get()
    token = jwt.decode_complete(login["refreshToken"], options={"verify_signature": False})
    assert token["header"]["typ"] == "rt+jwt"
    assert (token["payload"]["sid"], token["payload"]["gen"]) == (str(session.id), 1)
    assert token["payload"]["exp"] - token["payload"]["iat"] == timedelta(days=30).total_seconds()
    public_keys = (await postern.http.get("/.well-known/jwks.json")).text
    assert "oct" not in public_keys
    assert login["refreshToken"].rpartition(".")[2] not in str(await Session.all().values())


@once
@pytest.mark.parametrize("spelling", [EMAIL.upper(), f" {EMAIL} ", "ａｎｎ@example.com"])
async def test_any_spelling_of_the_address_will_do(postern: Postern, spelling: str) -> None:
    await postern.logged_in()
    assert (await postern.login(spelling))["__typename"] == "LoggedIn"


@once
async def test_a_password_is_normalised_as_at_registration(postern: Postern) -> None:
    composed, decomposed = "un café très calme", "un cafe\u0301 tre\u0300s calme"
    await postern.joined(password=composed)
    assert (await postern.login(password=decomposed))["__typename"] == "LoggedIn"


@once
@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "not the password"),
        (EMAIL, ""),
        (EMAIL, PASSWORD + "\0"),
        (EMAIL, "\ud800"),
        (EMAIL, "x" * 2000),
        ("ben@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("\ud800@example.com", PASSWORD),
        ("", ""),
    ],
)
async def test_wrong_password_and_unknown_address_are_answered_alike(
    postern: Postern, email: str, password: str
) -> None:
    await postern.confirm(await postern.registered())
    assert await postern.login(email, password) == {
        "__typename": "InvalidCredentials",
        "message": "The address or the password is wrong.",
    }
    assert await Session.all().count() == 0


@once
async def test_only_the_right_password_is_told_that_the_address_is_not_confirmed(postern: Postern) -> None:
    await postern.registered()
    assert (await postern.login(password="not the password"))["__typename"] == "InvalidCredentials"
    assert (await postern.login())["__typename"] == "EmailNotConfirmed"
    assert await Session.all().count() == 0


@once
async def test_who_registers_an_address_and_logs_in_does_not_learn_whether_it_has_an_account(postern: Postern) -> None:
    await postern.logged_in()
    await postern.registered("unconfirmed@example.com")
    strangers = "squatting here since dawn"
    answers = []
    for email in (EMAIL, "unconfirmed@example.com", "free@example.com"):
        await postern.register(email, strangers)
        await postern.do(RESEND, email=email)
        answers.append(await postern.login(email, strangers))
    assert answers[0]["__typename"] == "EmailNotConfirmed"
    assert answers[1:] == answers[:1] * 2
    assert await Session.all().count() == 1
    assert (await postern.login())["__typename"] == "LoggedIn", "its owner's password is as good as before"


@once
async def test_no_hash_opens_an_account_that_is_not_confirmed(postern: Postern) -> None:
    await postern.registered()
    await User.all().update(password_hash=(await Registration.get()).password_hash)
    assert (await postern.login())["__typename"] == "EmailNotConfirmed"
    assert await Session.all().count() == 0


@once
async def test_a_login_renews_a_hash_whose_parameters_have_moved(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    where = {"database_url": database_url, "smtp_url": post.url}
    async with running(make_settings(**where), post) as server:
        await server.logged_in()
    async with running(make_settings(**where, argon2_time_cost=2), post) as server:
        assert "t=1" in str((await User.get()).password_hash)
        assert (await server.login())["__typename"] == "LoggedIn"
        assert "t=2" in str((await User.get()).password_hash)
        assert (await server.login())["__typename"] == "LoggedIn"


@once
async def test_a_password_that_changes_while_the_hash_of_the_old_one_is_renewed_stays_changed(
    make_settings: MakeSettings, database_url: str, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = {"database_url": database_url, "smtp_url": post.url}
    async with running(make_settings(**where), post) as server:
        await server.logged_in()
    verify, changed = Passwords.verify, {"password_hash": "another's", "credentials_version": 100}

    async def and_then(passwords: Passwords, *given: str | None) -> Verdict:
        verdict = await verify(passwords, *given)  # type: ignore[arg-type]
        await User.all().update(**changed)
        return verdict

    monkeypatch.setattr(Passwords, "verify", and_then)
    async with running(make_settings(**where, argon2_time_cost=2), post) as server:
        assert (await server.login())["__typename"] == "InvalidCredentials"
        assert [await User.all().values(*changed), await Session.all().count()] == [[changed], 1]


@once
@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
async def test_each_algorithm_signs_what_it_verifies(
    make_settings: MakeSettings, database_url: str, post: PostOffice, algorithm: str
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, token_algorithm=algorithm)
    async with running(settings, post) as server:
        login = await server.joined()
        assert jwt.get_unverified_header(login["accessToken"])["alg"] == algorithm
        assert (await server.ask(ME, token=login["accessToken"]))["data"]["me"]["email"] == EMAIL
