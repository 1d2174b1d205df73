"""GET /auth/{provider}, its callback, exchangeCode: logging in by way of another service"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from tortoise.expressions import F

from locales import texts
from models import Identity, Letter, ProviderLogin, Registration, Session, Step, User
from providers import bounded, metadata
from resolvers import devices, housekeeping
from resolvers.tickets import LOGIN_ENDED
from tests.support.account import SESSIONS
from tests.support.codes import step_up, step_up_code
from tests.support.databases import once
from tests.support.elsewhere import Answer, Asked
from tests.support.factors import COMPLETE, set_up
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.provider_logins import (
    EXCHANGE,
    IDENTITIES,
    RETURN_TO,
    UNLINK,
    brought_to_frontend,
    came_back,
    left,
    logged_in_by,
    new_verifier,
    sent_and_back,
)
from tests.support.secrecy import Watch
from tests.support.service import ANN, GOOGLE, Service
from tests.support.walks import each

pytestmark = pytest.mark.anyio
COOKIE = "__Host-postern-login"


async def nothing_is_there() -> bool:
    return [await table.all().count() for table in (User, Identity, Session, Registration)] == [0, 0, 0, 0]


@once
async def test_the_frontend_finds_its_buttons(server: Postern) -> None:
    body = await server.ask("{ providers { id name url } }")
    assert body["data"]["providers"] == [
        {"id": "google", "name": "Google", "url": "https://postern.test/auth/google"},
        {"id": "company", "name": "The company", "url": "https://postern.test/auth/company"},
    ]


async def test_who_comes_by_a_service_that_vouches_for_the_address_has_an_account(
    server: Postern, service: Service
) -> None:
    login = await logged_in_by(server, service)
    user = await User.get()
    expected = {"id": str(user.id), "email": EMAIL, "name": "Ann", "locale": "en", "emailConfirmed": True}
    assert (login["__typename"], login["user"]) == ("LoggedIn", expected)
    (session,) = (await server.ask(SESSIONS, token=login["accessToken"]))["data"]["me"]["sessions"]
    assert session["methods"] == ["IDENTITY"]
    (letter,) = await server.post.letters_to(EMAIL, 1)
    assert letter["Subject"] == "Your Postern account, opened with Google"
    assert await Letter.filter(user_id=user.id).count() == 1
    assert jwt.decode(login["accessToken"], options={"verify_signature": False})["amr"] == ["fed"]
    (identity,) = (await server.ask(IDENTITIES, token=login["accessToken"]))["data"]["me"]["identities"]
    assert (identity["provider"], identity["label"]) == ("google", EMAIL)
    assert await ProviderLogin.all().count() == 0


async def test_the_second_time_it_is_the_same_account_whatever_the_address_and_the_name_are_by_then(
    server: Postern, service: Service
) -> None:
    first = await logged_in_by(server, service)
    service.person |= {"email": "ann@other.example.com", "email_verified": False, "hd": None, "name": "Bob"}
    second = await logged_in_by(server, service)
    assert second["user"] == first["user"]
    assert [await User.all().count(), await Identity.all().count(), await Session.all().count()] == [1, 1, 2]
    identity = await Identity.get()
    assert identity.label == "ann@other.example.com"
    assert identity.last_used_at
    assert identity.last_used_at > identity.created_at


async def test_another_account_there_is_another_one_here(server: Postern, service: Service) -> None:
    ann = await logged_in_by(server, service)
    service.person |= {"sub": "2", "email": "bob@example.com"}
    bob = await logged_in_by(server, service)
    assert bob["user"]["id"] != ann["user"]["id"]
    assert await Identity.all().count() == 2


async def test_two_browsers_of_one_person_at_once_make_one_account(server: Postern, service: Service) -> None:
    browsers = [server.elsewhere(**{"User-Agent": f"browser {nth}"}) for nth in range(4)]
    answers = await asyncio.gather(*(logged_in_by(browser, service) for browser in browsers))
    assert {answer["__typename"] for answer in answers} == {"LoggedIn"}
    assert len({answer["user"]["id"] for answer in answers}) == 1
    assert [await User.all().count(), await Identity.all().count()] == [1, 1]


@once
async def test_what_is_asked_of_the_service_and_kept_in_the_browser(
    server: Postern, service: Service, watch: Watch
) -> None:
    answer = await left(server, new_verifier())
    assert answer.headers["location"].startswith(f"{GOOGLE}/authorize?")
    assert answer.headers["cache-control"] == "no-store"
    service.browser_came(answer.headers["location"])
    asked = service.asked
    assert (asked["redirect_uri"], asked["scope"]) == (
        "https://postern.test/auth/google/callback",
        "openid email profile",
    )
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert all(len(asked[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    cookie = answer.headers["set-cookie"]
    for part in (f"{COOKIE}=", "HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"):
        assert part in cookie
    (starting,) = watch.events("starting")
    assert starting["callbacks"][0] == asked["redirect_uri"]
    (row,) = [dict(row) for row in await ProviderLogin.all().values()]
    assert row["expires_at"] - datetime.now(UTC) <= timedelta(minutes=10)
    assert server.http.cookies[COOKIE] not in str(row)
    assert asked["state"] not in str(row)


@once
async def test_two_tabs_do_not_spoil_each_other(server: Postern, service: Service) -> None:
    tabs = []
    for _ in range(2):
        verifier = new_verifier()
        there = await left(server, verifier)
        tabs.append((verifier, service.browser_came(there.headers["location"])))
    for verifier, brought in reversed(tabs):
        code = (await came_back(server, brought))["code"]
        assert (await server.do(EXCHANGE, code=code, codeVerifier=verifier))["__typename"] == "LoggedIn"


ASKED_WRONGLY = [
    {"return_to": ""},
    {"return_to": RETURN_TO + "/"},
    {"return_to": RETURN_TO.upper()},
    {"return_to": "https://app.example.com"},
    {"return_to": "https://evil.example/"},
    {"return_to": f"{RETURN_TO},https://evil.example/"},
    {"code_challenge": ""},
    {"code_challenge": "x" * 42},
    {"code_challenge": "x" * 44},
    {"code_challenge": "ä" * 43},
    {"code_challenge": "x" * 42 + "\n"},
]


@once
async def test_a_frontend_that_asks_wrongly_is_sent_nowhere(server: Postern, service: Service) -> None:
    async def is_sent_nowhere(changed: dict[str, str]) -> None:
        answer = await left(server, new_verifier(), **changed)
        assert (answer.status_code, answer.headers.get("location")) == (400, None)
        (told,) = answer.json()["errors"]
        assert ("RETURN_URLS" if "return_to" in changed else "S256") in told

    await each(ASKED_WRONGLY, is_sent_nowhere)
    assert await ProviderLogin.all().count() == 0
    assert service.heard == []


@once
async def test_a_service_that_is_not_there_is_a_404(server: Postern) -> None:
    async def is_a_404(provider: str) -> None:
        assert (await left(server, new_verifier(), provider)).status_code == 404
        assert (await server.http.get(f"/auth/{provider}/callback", params={"state": "x"})).status_code == 400

    await each(["github", "Google", "google%00", "%2e%2e", "x" * 200], is_a_404)


@once
async def test_a_program_that_looks_ahead_changes_nothing(server: Postern, service: Service) -> None:
    verifier = new_verifier()
    assert (await server.http.head("/auth/google", params={"return_to": RETURN_TO})).status_code == 405
    there = await left(server, verifier)
    brought = service.browser_came(there.headers["location"])
    ahead = await server.http.head("/auth/google/callback", params=brought)
    posted = await server.http.post("/auth/google/callback", data=brought)
    for refused in (ahead, posted):
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET")
    code = (await came_back(server, brought))["code"]
    assert (await server.do(EXCHANGE, code=code, codeVerifier=verifier))["__typename"] == "LoggedIn"


@once
async def test_without_the_browsers_cookie_nobody_comes_back(server: Postern, service: Service) -> None:
    """A victim who follows the link of somebody else's attempt (RFC 6749 §10.12)."""
    there = await left(server, new_verifier())
    brought = service.browser_came(there.headers["location"])
    victim = server.elsewhere()
    other = await left(victim, new_verifier())
    for browser in (server.elsewhere(), victim):
        answer = await browser.http.get("/auth/google/callback", params=brought)
        assert (answer.status_code, answer.headers.get("location")) == (400, None)
    assert other.status_code == 303
    assert await ProviderLogin.filter(step=Step.SENT).count() == 2
    assert "code" in await came_back(server, brought), "the attempt itself is as it was"


async def test_a_state_works_once_even_when_it_comes_many_times_at_once(server: Postern, service: Service) -> None:
    there = await left(server, new_verifier())
    brought = service.browser_came(there.headers["location"])
    answers = await asyncio.gather(*(server.http.get("/auth/google/callback", params=brought) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [303] + [400] * 49
    assert service.heard.count("/token") == 1


@once
async def test_an_attempt_comes_back_from_its_own_service_alone(server: Postern, service: Service) -> None:
    """Mix-up (RFC 9700 §4.4): each service has a callback of its own."""
    there = await left(server, new_verifier())
    brought = service.browser_came(there.headers["location"])
    assert (await server.http.get("/auth/company/callback", params=brought)).status_code == 400
    assert "/token" not in service.heard
    assert "code" in await came_back(server, brought)


@once
async def test_a_state_that_nobody_was_given_leads_nowhere(server: Postern) -> None:
    await left(server, new_verifier())

    async def leads_nowhere(given: dict[str, str]) -> None:
        assert (await server.http.get("/auth/google/callback", params=given | {"code": "x"})).status_code == 400

    states = ("", "x", "x" * 43, "\x00", "ü" * 100)
    await each([{}, *({"state": state} for state in states)], leads_nowhere)
    assert await nothing_is_there()


@once
async def test_who_takes_longer_than_ten_minutes_is_told_so(server: Postern, service: Service) -> None:
    there = await left(server, new_verifier())
    await ProviderLogin.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    brought = service.browser_came(there.headers["location"])
    assert await came_back(server, brought) == {"error": "expired"}
    assert "/token" not in service.heard
    assert await nothing_is_there()


@once
async def test_who_says_no_there_is_told_so_here(server: Postern, service: Service, watch: Watch) -> None:
    for said, told, logged in (
        ("access_denied", "denied", []),
        ("user_cancelled_authorize", "denied", []),
        ("invalid_scope", "failed", ["says invalid_scope"]),
        ("<script>", "failed", ["says invalid_scope", "says no"]),
        ("", "failed", ["says invalid_scope", "says no", "says no"]),
    ):
        there = await left(server, new_verifier())
        state = service.browser_came(there.headers["location"])["state"]
        assert await came_back(server, {"state": state, "error": said, "error_description": "x"}) == {"error": told}
        assert [line["error"] for line in watch.events("provider_failed")] == logged
        assert (await server.http.get("/auth/google/callback", params={"state": state})).status_code == 400
    assert "/token" not in service.heard
    assert await nothing_is_there()


async def test_a_code_works_once_even_when_it_is_traded_many_times_at_once(server: Postern, service: Service) -> None:
    verifier = new_verifier()
    code = (await sent_and_back(server, service, verifier))["code"]
    answers = await asyncio.gather(*(server.do(EXCHANGE, code=code, codeVerifier=verifier) for _ in range(50)))
    kinds = [answer["__typename"] for answer in answers]
    assert (kinds.count("LoggedIn"), kinds.count("InvalidToken")) == (1, 49)
    assert await Session.all().count() == 1


@once
async def test_a_code_is_worth_nothing_without_the_verifier_and_is_gone_after_a_wrong_one(
    server: Postern, service: Service
) -> None:
    async def is_worth_nothing(wrong: str) -> None:
        verifier = new_verifier()
        code = (await sent_and_back(server, service, verifier))["code"]
        for tried in (wrong, verifier):
            assert (await server.do(EXCHANGE, code=code, codeVerifier=tried))["__typename"] == "InvalidToken"

    wrong = ["", "x" * 43, "x" * 200, "ä" * 50, "\ud800" * 50, "x" * 64 + "\n"]
    await each(wrong, is_worth_nothing)
    assert await nothing_is_there()


@once
async def test_a_verifier_has_43_to_128_characters_of_those_in_the_standard(server: Postern, service: Service) -> None:
    """RFC 7636 §4.1: a shorter one could be guessed from its challenge."""
    good, bad = ("x" * 43, "~" * 128), ("x" * 42, "x" * 129, "ä" * 50)
    cases = dict.fromkeys(good, "LoggedIn") | dict.fromkeys(bad, "InvalidToken")

    async def decides(verifier: str) -> None:
        code = (await sent_and_back(server, service, verifier))["code"]
        assert (await server.do(EXCHANGE, code=code, codeVerifier=verifier))["__typename"] == cases[verifier]

    await each([*cases], decides)


@once
async def test_a_code_is_good_for_a_minute(server: Postern, service: Service) -> None:
    verifier = new_verifier()
    code = (await sent_and_back(server, service, verifier))["code"]
    (row,) = [dict(row) for row in await ProviderLogin.all().values()]
    assert timedelta(seconds=50) < row["expires_at"] - datetime.now(UTC) <= timedelta(minutes=1)
    assert code not in str(row)
    await ProviderLogin.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    answer = await server.do(EXCHANGE, code=code, codeVerifier=verifier)
    assert (answer["__typename"], answer["message"]) == ("ExpiredToken", "That took too long. Please begin again.")
    answer = await server.do(EXCHANGE, code=code, codeVerifier=verifier)
    assert (answer["__typename"], answer["message"]) == ("InvalidToken", "This has ended already. Please begin again.")
    assert await nothing_is_there()


@once
async def test_no_step_takes_the_token_of_another(server: Postern, service: Service) -> None:
    verifier = new_verifier()
    there = await left(server, verifier)
    brought = service.browser_came(there.headers["location"])
    assert (await server.do(EXCHANGE, code=brought["state"], codeVerifier=verifier))["__typename"] == "InvalidToken"
    code = (await came_back(server, brought))["code"]
    again = await server.http.get("/auth/google/callback", params=brought | {"state": code})
    assert again.status_code == 400
    assert (await server.do(EXCHANGE, code=code, codeVerifier=verifier))["__typename"] == "LoggedIn"


@once
async def test_a_second_factor_is_asked_for_after_another_service_too(server: Postern, service: Service) -> None:
    login = await logged_in_by(server, service)
    app = await set_up(server, login)
    needed = await logged_in_by(server, service)
    assert (needed["__typename"], needed["methods"]) == ("SecondFactorNeeded", ["TOTP", "RECOVERY_CODE"])
    proof = {"totpCode": await app.fresh_code()}
    done = await server.do(COMPLETE, ticket=needed["ticket"], proof=proof, rememberDevice=True)
    assert done["__typename"] == "LoggedIn"
    amr = jwt.decode(done["accessToken"], options={"verify_signature": False})["amr"]
    assert amr == ["fed", "otp", "mfa"]
    assert (await logged_in_by(server, service, deviceToken=done["deviceToken"]))["__typename"] == "LoggedIn"


@once
async def test_another_service_opens_no_account_that_is_disabled(server: Postern, service: Service) -> None:
    await logged_in_by(server, service)
    before = await Session.all().count()
    await User.all().update(disabled_at=datetime.now(UTC))
    assert (await logged_in_by(server, service))["__typename"] == "AccountDisabled"
    assert await Session.all().count() == before


@once
async def test_what_changes_while_somebody_comes_back_counts(
    server: Postern, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await logged_in_by(server, service)
    find = devices.find

    async def and_then(*arguments: Any) -> Any:
        await User.all().update(credentials_version=F("credentials_version") + 1)
        return await find(*arguments)

    monkeypatch.setattr(devices, "find", and_then)
    late = await logged_in_by(server, service)
    assert (late["__typename"], late["message"]) == ("InvalidToken", texts("en")(LOGIN_ENDED))
    assert await Session.all().count() == 1


@once
async def test_a_login_counts_as_a_step_up_from_when_the_service_has_asked_who_is_there(
    known: MakeSettings, database_url: str, service: Service, post: PostOffice
) -> None:
    """It may answer from a session of its own that is days old, or not say (OpenID Connect Core 1.0 §2: auth_time)."""
    async with running(known(database_url=database_url, login_limit_per_address="100 per minute"), post) as server:
        now = int(time.time())
        for said, minutes in (
            (now, 10),
            (now - 240, 6),
            (now + 30, 10),  # its clock is a little ahead
            *((old, None) for old in (now - 601, now - 86_400, 1)),
            *((wrong, None) for wrong in (None, 0, -1, True, str(now), now + 600, 10**30, [now], float(now))),
        ):
            service.claims = {"auth_time": said}
            login = await logged_in_by(server, service)
            sessions = (await server.ask(SESSIONS, token=login["accessToken"]))["data"]["me"]["sessions"]
            (until,) = [one["steppedUpUntil"] for one in sessions if one["current"]]
            assert (until is None) == (minutes is None), said
            if minutes:
                left_over = datetime.fromisoformat(until) - datetime.now(UTC)
                assert timedelta(minutes=minutes - 0.5) < left_over <= timedelta(minutes=minutes), said
            if said == now - 86_400:
                claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
                assert claims["auth_time"] == said, "nor do its tokens say otherwise"
    assert "max_age" not in service.asked


@once
async def test_who_has_nothing_else_says_who_is_there_by_a_mailed_code(server: Postern, service: Service) -> None:
    service.claims = {"auth_time": None}
    login = await logged_in_by(server, service)
    identity = (await server.ask(IDENTITIES, token=login["accessToken"]))["data"]["me"]["identities"][0]
    refused = await server.do(UNLINK, login["accessToken"], identityId=identity["id"])
    assert (refused["__typename"], refused["methods"]) == ("StepUpNeeded", ["MAILED_CODE"])
    assert await Identity.all().count() == 1
    ceremony, code = await step_up_code(server, login)
    assert (await step_up(server, login, ceremony, code))["__typename"] == "SteppedUp"
    done = await server.do(UNLINK, login["accessToken"], identityId=identity["id"])
    assert done["__typename"] == "IdentityUnlinked"


@once
async def test_an_openid_issuer_is_asked_to_say_when_it_has_asked(server: Postern, service: Service) -> None:
    service.issuer = "https://login.example.com/realm"
    service.browser_came((await left(server, new_verifier(), "company")).headers["location"])
    assert service.asked["max_age"] == "31536000"


@once
async def test_in_cookie_mode_the_tokens_are_in_cookies(server: Postern, service: Service) -> None:
    verifier = new_verifier()
    code = (await sent_and_back(server, service, verifier))["code"]
    given = {"query": EXCHANGE, "variables": {"input": {"code": code, "codeVerifier": verifier}}}
    headers = {"X-Token-Transport": "cookie", "Origin": "https://postern.test"}
    answer = await server.http.post("/graphql", json=given, headers=headers)
    login: dict[str, Any] = answer.json()["data"]["exchangeCode"]
    assert (login["refreshToken"], login["deviceToken"]) == (None, None)
    assert {"__Host-postern-refresh", "__Host-postern-device"} <= set(server.http.cookies)


@once
async def test_what_a_login_was_is_a_line_of_the_log(server: Postern, service: Service, watch: Watch) -> None:
    login = await logged_in_by(server, service)
    user_id = login["user"]["id"]
    names = ("registered", "email_confirmed", "identity_linked", "logged_in")
    assert [line["user_id"] for name in names for line in watch.events(name)] == [user_id] * 4
    assert watch.events("identity_linked")[0]["provider"] == "google"
    assert str(ANN["sub"]) not in "".join(line.text for line in watch.lines)


@once
async def test_what_nobody_has_come_back_for_is_swept(server: Postern, service: Service) -> None:
    await left(server, new_verifier())
    await left(server, new_verifier())
    first = await ProviderLogin.all().order_by("id").first()
    assert first
    await ProviderLogin.filter(id=first.id).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await housekeeping.sweep(server.settings)).provider_logins == 1
    assert await ProviderLogin.all().count() == 1


@once
async def test_who_leaves_again_and_again_is_told_to_wait(
    known: MakeSettings, database_url: str, service: Service, post: PostOffice
) -> None:
    async with running(known(database_url=database_url, leaving_limit_per_address="2 per minute"), post) as server:
        statuses = [(await left(server, new_verifier())).status_code for _ in range(3)]
        assert await ProviderLogin.all().count() == 2
    assert statuses == [303, 303, 429]


@once
async def test_what_leads_nowhere_uses_no_limit_up_and_who_leaves_not_that_of_logins(
    known: MakeSettings, database_url: str, service: Service, post: PostOffice
) -> None:
    limits = {"leaving_limit_per_address": "2 per minute", "login_limit_per_address": "1 per minute"}
    async with running(known(database_url=database_url, **limits), post) as server:
        for _ in range(3):
            assert (await left(server, new_verifier(), "github")).status_code == 404
            assert (await left(server, new_verifier(), return_to="https://evil.example/")).status_code == 400
        assert (await left(server, new_verifier())).status_code == 303
        assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"
        guess = await server.do(EXCHANGE, code="a guess", codeVerifier=new_verifier())
        assert guess["__typename"] == "TooManyAttempts", "which counts with all other logins"


@once
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Mode": ""},
    ],
)
async def test_a_picture_or_frame_of_a_foreign_page_is_not_counted_and_sent_nowhere(
    known: MakeSettings, database_url: str, service: Service, post: PostOffice, headers: dict[str, str]
) -> None:
    async with running(known(database_url=database_url, leaving_limit_per_address="1 per minute"), post) as server:
        for _ in range(2):
            answer = await left(server.elsewhere(**headers), new_verifier())
            assert (answer.status_code, answer.headers.get("location")) == (400, None)
            assert "set-cookie" not in answer.headers
        assert service.heard == []
        assert await ProviderLogin.all().count() == 0
        page = server.elsewhere(**{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
        assert (await left(page, new_verifier())).status_code == 303


@once
async def test_many_who_come_at_once_have_the_service_asked_once(server: Postern, service: Service) -> None:
    answers = await asyncio.gather(*(logged_in_by(server.elsewhere(), service) for _ in range(5)))
    assert [answer["__typename"] for answer in answers] == ["LoggedIn"] * 5
    assert [service.heard.count(path) for path in ("/.well-known/openid-configuration", "/keys")] == [1, 1]


@once
async def test_where_the_service_is_away_the_browser_comes_back_at_once(
    server: Postern, service: Service, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/.well-known/openid-configuration"
    service.answers[path] = b"nonsense\r\n\r\n"
    for _ in range(2):
        assert brought_to_frontend(await left(server, new_verifier())) == {"error": "failed"}
    assert service.heard.count(path) == 1, "it is asked again after a minute"
    lines = watch.events("provider_failed")
    assert [(line["level"], line["provider"]) for line in lines] == [("warning", "google")] * 2
    assert await ProviderLogin.all().count() == 0
    del service.answers[path]
    monkeypatch.setattr(metadata, "APART_SECONDS", 0.0)
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"


@once
async def test_a_service_that_hangs_keeps_few_waiting_and_no_other_service(
    server: Postern, service: Service, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "MOST_AT_ONCE", 2)
    await logged_in_by(server, service)
    both_hang = asyncio.Event()

    def answer(asked: Asked) -> Answer:
        if asked.target != "/token":
            return service.answer(asked)
        if service.heard.count("/token") == 3:
            both_hang.set()
        return iter([60.0])

    service.there.answer = answer
    waiting = [asyncio.create_task(sent_and_back(server.elsewhere(), service, new_verifier())) for _ in range(2)]
    await both_hang.wait()
    assert await sent_and_back(server, service, new_verifier()) == {"error": "failed"}
    assert service.heard.count("/token") == 3, "it is not even asked"
    assert [line["error"] for line in watch.events("provider_failed")] == ["2 are waiting already"]
    service.there.answer, service.issuer = service.answer, "https://login.example.com/realm"
    assert (await logged_in_by(server, service, "company"))["__typename"] == "EmailNotConfirmed"
    for one in waiting:
        one.cancel()
    await asyncio.wait(waiting)
    service.issuer = GOOGLE
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"
