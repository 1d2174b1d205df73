"""startIdTokenLogin, loginWithIdToken: apps that have an ID token from their system's own sign-in"""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
import pytest

from models import Identity, ProviderLogin, Registration, Session, Spent, User
from providers import metadata
from security import ceremonies
from tests.providers.test_id_tokens import by_a_foreign_key, unsigned
from tests.support.account import SESSIONS
from tests.support.databases import once
from tests.support.elsewhere import answered
from tests.support.factors import COMPLETE, set_up
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.provider_logins import (
    EXCHANGE,
    LINK,
    NATIVE,
    START_NATIVE,
    left,
    logged_in_by,
    logged_in_natively,
    new_nonce,
    new_verifier,
    sent_and_back,
)
from tests.support.secrecy import Watch
from tests.support.service import CLIENT_ID, Said, Service

pytestmark = pytest.mark.anyio
IPHONE, ANDROID = "com.example.app", "1234567890-android.apps.googleusercontent.com"
BEN = {"sub": "2", "email": "ben@example.com"}
COMPANY = "https://login.example.com/realm"
FIFTY = 50


@pytest.fixture
def providers() -> str:
    client = f'client_id = "{CLIENT_ID}"\nclient_secret_env = "SERVICE_SECRET"'
    return f"""
[google]
native_client_ids = ["{IPHONE}", "{ANDROID}"]
{client}

[company]
kind = "oidc"
name = "The company"
issuer = "{COMPANY}"
email_is_confirmed = false
{client}

[github]
{client}
"""


@pytest.fixture
def company(service: Service) -> Service:
    """A service that vouches for no address."""
    service.issuer, service.person = COMPANY, {"sub": "7", "email": EMAIL, "name": "Ann of the company"}
    return service


async def rows() -> list[int]:
    return [await table.all().count() for table in (User, Identity, Session, Registration, ProviderLogin, Spent)]


async def test_an_app_and_a_browser_open_the_same_account(server: Postern, service: Service) -> None:
    first = await logged_in_natively(server, service, aud=IPHONE)
    expected = {"email": EMAIL, "name": "Ann", "locale": "en", "emailConfirmed": True}
    assert (first["__typename"], first["user"] | expected) == ("LoggedIn", first["user"])
    assert (await logged_in_by(server, service))["user"] == first["user"]
    assert (await logged_in_natively(server, service))["user"] == first["user"]
    assert jwt.decode(first["accessToken"], options={"verify_signature": False})["amr"] == ["fed"]
    sessions = (await server.ask(SESSIONS, token=first["accessToken"]))["data"]["me"]["sessions"]
    assert [session["methods"] for session in sessions] == [["IDENTITY"]] * 3
    assert await rows() == [1, 1, 3, 0, 0, 2]
    assert (await logged_in_natively(server, service, **BEN))["user"]["id"] != first["user"]["id"]


@once
async def test_the_nonce_may_travel_as_its_digest(server: Postern, service: Service) -> None:
    started = await server.do(START_NATIVE, provider="google")
    left = datetime.fromisoformat(started["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert await rows() == [0] * 6, "nothing is stored for it"
    nonce = started["nonce"]
    token = service.id_token(sha256(nonce.encode()).hexdigest())
    assert (await server.do(NATIVE, provider="google", idToken=token, nonce=nonce))["__typename"] == "LoggedIn"


async def test_a_token_works_once_even_when_it_comes_many_times_at_once(server: Postern, service: Service) -> None:
    ben = await logged_in_natively(server, service, **BEN)
    nonce = await new_nonce(server)
    sent = {"provider": "google", "idToken": service.id_token(nonce), "nonce": nonce}
    answers = await asyncio.gather(*(server.do(NATIVE, **sent) for _ in range(FIFTY)))
    kinds = [answer["__typename"] for answer in answers]
    assert (kinds.count("LoggedIn"), kinds.count("InvalidToken")) == (1, FIFTY - 1)
    assert (await server.do(NATIVE, **sent | {"idToken": service.id_token(nonce)}))["__typename"] == "InvalidToken"
    assert await rows() == [2, 2, 2, 0, 0, 2]
    assert await Session.filter(user_id=ben["user"]["id"]).count() == 1


async def test_one_person_who_comes_with_several_addresses_at_once_has_one_account(
    server: Postern, service: Service
) -> None:
    nonces = [await new_nonce(server) for _ in range(4)]
    tokens = [service.id_token(nonce, email=f"ann{nth}@example.com") for nth, nonce in enumerate(nonces)]
    sent = [
        {"provider": "google", "idToken": token, "nonce": nonce} for token, nonce in zip(tokens, nonces, strict=True)
    ]
    answers = await asyncio.gather(*(server.do(NATIVE, **one) for one in sent))
    assert {answer["__typename"] for answer in answers} == {"LoggedIn"}
    assert len({answer["user"]["id"] for answer in answers}) == 1
    assert [await Identity.all().count(), await User.exclude(email_confirmed_at=None).count()] == [1, 1]


@once
async def test_a_second_factor_is_asked_for_after_an_id_token_too(server: Postern, service: Service) -> None:
    app = await set_up(server, await logged_in_natively(server, service))
    needed = await logged_in_natively(server, service)
    assert (needed["__typename"], needed["methods"]) == ("SecondFactorNeeded", ["TOTP", "RECOVERY_CODE"])
    assert await Session.all().count() == 1
    proof = {"totpCode": await app.fresh_code()}
    done = await server.do(COMPLETE, ticket=needed["ticket"], proof=proof, rememberDevice=True)
    again = await logged_in_natively(server, service, more={"deviceToken": done["deviceToken"]})
    assert (done["__typename"], again["__typename"]) == ("LoggedIn", "LoggedIn")
    other = await logged_in_natively(server, service, more={"deviceToken": "x" * 43})
    assert other["__typename"] == "SecondFactorNeeded"


@once
async def test_an_id_token_opens_no_account_that_is_disabled(server: Postern, service: Service) -> None:
    await logged_in_natively(server, service)
    await User.all().update(disabled_at=datetime.now(UTC))
    assert (await logged_in_natively(server, service))["__typename"] == "AccountDisabled"
    assert await Session.all().count() == 1


@once
async def test_an_account_that_is_there_is_not_opened_and_its_owner_links_it(server: Postern, service: Service) -> None:
    login = await server.logged_in()
    answer = await logged_in_natively(server, service)
    assert (answer["__typename"], answer["provider"]) == ("IdentityNotLinked", "google")
    assert [await Identity.all().count(), await Session.all().count()] == [0, 1]
    linked = await server.do(LINK, login["accessToken"], linkTicket=answer["linkTicket"])
    assert (linked["__typename"], linked["identity"]["provider"]) == ("IdentityLinked", "google")
    assert (await logged_in_natively(server, service))["user"]["id"] == login["user"]["id"]


@once
async def test_where_the_service_does_not_vouch_a_letter_of_ours_has_to_as_for_browsers(
    server: Postern, company: Service
) -> None:
    await server.logged_in("ben@example.com")
    waiting = await logged_in_natively(server, company, "company")
    assert waiting["__typename"] == "EmailNotConfirmed"
    assert await logged_in_natively(server, company, "company", email="ben@example.com") == waiting
    assert [await Identity.all().count(), await Session.all().count()] == [0, 1]
    assert (await server.confirm(await server.letter_token()))["__typename"] == "EmailConfirmed"
    login = await logged_in_natively(server, company, "company")
    assert (login["__typename"], login["user"]["name"]) == ("LoggedIn", "Ann of the company")


@once
async def test_what_is_told_beside_the_token_names_a_new_account_alone(server: Postern, service: Service) -> None:
    for told in ("Ann Example", "Somebody", "x" * 5000, "\ud800", None):
        login = await logged_in_natively(server, service, more={"name": told}, name=None)
        assert login["user"]["name"] == "Ann Example"
    assert (await logged_in_natively(server, service, more={"name": "x"}, **BEN, name="Ben"))["user"]["name"] == "Ben"


WRONG: list[Said] = [
    {"nonce": None},
    {"nonce": ""},
    {"nonce": "x" * 43},
    {"nonce": sha256(b"x").hexdigest()},
    {"nonce": ["x"]},
    {"aud": "another client"},
    {"aud": [CLIENT_ID, IPHONE]},
    {"aud": [IPHONE, "another client"]},
    {"aud": f"{IPHONE} "},
    {"aud": None},
    {"azp": "another client"},
    {"azp": [CLIENT_ID]},
    {"iss": COMPANY},
    {"iss": "http://accounts.google.com"},
    {"iss": "accounts.google.com/"},
    {"iss": ["https://accounts.google.com"]},
    {"iss": {"accounts.google.com": 1}},
    {"exp": 1_000_000_000},
    {"exp": None},
    {"iat": None},
    {"iat": 4_000_000_000},
    {"sub": None},
    {"sub": "3", "email": None},
]


@once
async def test_a_token_that_is_not_for_this_app_now_and_once_opens_nothing_and_uses_nothing_up(
    server: Postern, service: Service, watch: Watch
) -> None:
    """All are told alike; why stands in the log. For all else that may be wrong with a token: test_id_tokens.py."""
    await logged_in_natively(server, service, **BEN)
    before, nonce = await rows(), await new_nonce(server)
    claims = jwt.decode(service.id_token(nonce), options={"verify_signature": False})
    tokens = [service.id_token(nonce, **one) for one in WRONG]
    tokens += [service.id_token(sha256(nonce.encode()).hexdigest().upper())]
    tokens += [unsigned(claims, {}), by_a_foreign_key(claims, {"kid": "first"}), service.id_token(nonce)[:-2]]
    tokens += ["", "a.b.c", "\ud800", "x" * 20_000]
    answers = [await server.do(NATIVE, provider="google", idToken=token, nonce=nonce) for token in tokens]
    assert [answer["__typename"] for answer in answers] == ["InvalidToken"] * len(tokens)
    assert len({answer["message"] for answer in answers}) == 1
    assert len(watch.events("provider_failed")) == len(tokens)
    assert await rows() == before
    good = await server.do(NATIVE, provider="google", idToken=service.id_token(nonce), nonce=nonce)
    assert good["__typename"] == "LoggedIn"


@once
async def test_no_other_nonce_is_as_good_as_one_of_ours_for_that_service(
    server: Postern, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    passkeys = await server.ask("mutation { startPasskeyLogin { ... on PasskeyLoginStarted { ceremony } } }")
    theirs = [await new_nonce(server, "company"), passkeys["data"]["startPasskeyLogin"]["ceremony"]]
    for nonce in (*theirs, (await new_nonce(server))[:-1], "", "x", "\ud800", "." * 9000):
        answer = await server.do(NATIVE, provider="google", idToken=service.id_token(nonce), nonce=nonce)
        assert answer["__typename"] == "InvalidToken"
    monkeypatch.setattr(ceremonies, "LIFETIME", timedelta(seconds=-31))
    assert (await logged_in_natively(server, service))["__typename"] == "ExpiredToken"
    assert await rows() == [0] * 6
    assert service.heard == [], "nobody was asked for keys"


@once
async def test_googles_apps_for_android_get_tokens_that_are_for_the_server(server: Postern, service: Service) -> None:
    """The audience is the server then, and the app the authorized party. Google may leave its issuer's scheme out."""
    user = (await logged_in_natively(server, service, aud=CLIENT_ID, azp=ANDROID))["user"]
    for claims in ({"aud": IPHONE, "azp": IPHONE}, {"aud": [IPHONE]}, {"iss": "accounts.google.com"}):
        assert (await logged_in_natively(server, service, **claims))["user"] == user
    assert (await Identity.get()).issuer == "https://accounts.google.com"


@once
async def test_what_is_for_an_app_is_worth_nothing_in_a_browser(server: Postern, service: Service) -> None:
    for claims in ({"aud": IPHONE}, {"azp": ANDROID}):
        service.claims = claims
        assert await sent_and_back(server, service, new_verifier()) == {"error": "failed"}
    assert await User.all().count() == 0


@once
async def test_a_service_without_id_tokens_and_one_that_is_not_there_are_not_found(server: Postern) -> None:
    for provider in ("github", "apple", "", "Google", "\ud800", "\0"):
        started = await server.do(START_NATIVE, provider=provider)
        done = await server.do(NATIVE, provider=provider, idToken="x", nonce="x")
        assert [started["__typename"], done["__typename"]] == ["NotFound", "NotFound"]


@once
async def test_while_the_services_keys_cannot_be_had_the_token_stays_good(
    server: Postern, service: Service, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    nonce = await new_nonce(server)
    sent: dict[str, Any] = {"input": {"provider": "google", "idToken": service.id_token(nonce), "nonce": nonce}}
    service.answers["/keys"] = answered(status="503 Service Unavailable")
    body = await server.ask(NATIVE, sent)
    assert body["errors"][0]["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfter": 60}
    assert [line["error"] for line in watch.events("provider_failed")] == ["status 503"]
    assert await rows() == [0] * 6
    del service.answers["/keys"]
    monkeypatch.setattr(metadata, "APART_SECONDS", 0.0)
    assert (await server.ask(NATIVE, sent))["data"]["loginWithIdToken"]["__typename"] == "LoggedIn"


@once
async def test_in_cookie_mode_the_tokens_of_such_a_login_are_in_cookies(server: Postern, service: Service) -> None:
    app = server.elsewhere(**{"X-Token-Transport": "cookie", "Origin": "https://postern.test"})
    login = await logged_in_natively(app, service)
    assert (login["refreshToken"], login["deviceToken"]) == (None, None)
    assert {"__Host-postern-refresh", "__Host-postern-device"} <= set(app.http.cookies)


@once
async def test_logins_by_id_tokens_are_counted_with_all_others(
    known: MakeSettings, database_url: str, service: Service, post: PostOffice
) -> None:
    async with running(known(database_url=database_url, login_limit_per_address="2 per minute"), post) as server:
        kinds = [(await logged_in_natively(server, service))["__typename"] for _ in range(3)]
        assert kinds == ["LoggedIn", "LoggedIn", "TooManyAttempts"]
        assert await Session.all().count() == 2


@once
async def test_an_app_is_come_back_to_by_its_own_scheme_to_the_letter(
    known: MakeSettings, database_url: str, service: Service, post: PostOffice
) -> None:
    apps = {"com.example.app:/welcome": "?", "de.example.my-app://back?from=postern": "&"}
    async with running(known(database_url=database_url, return_urls=",".join(apps)), post) as server:
        for app, sign in apps.items():
            for other in (
                f"{app}/",
                app.upper(),
                app[:-1],
                f"{app}&x=y",
                app.replace(":/", ":"),
                "javascript:alert(1)",
            ):
                assert (await left(server, new_verifier(), return_to=other)).status_code == 400
            verifier = new_verifier()
            there = await left(server, verifier, return_to=app)
            brought = service.browser_came(there.headers["location"])
            back = (await server.http.get("/auth/google/callback", params=brought)).headers["location"]
            assert back.startswith(f"{app}{sign}code=")
            code = back.rpartition("=")[2]
            assert (await server.do(EXCHANGE, code=code, codeVerifier=verifier))["__typename"] == "LoggedIn"
