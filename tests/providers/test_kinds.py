"""What is each service's own: when it vouches for an address, and how it is talked to"""

import itertools
import json
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from models import Identity, User
from tests.support.databases import once
from tests.support.elsewhere import Asked, answered
from tests.support.postern import EMAIL, Postern
from tests.support.provider_logins import (
    EXCHANGE,
    brought_to_frontend,
    left,
    logged_in_by,
    new_verifier,
    sent_and_back,
)
from tests.support.service import CLIENT_ID, CLIENT_SECRET, Said, Service, new_key
from tests.support.walks import each

pytestmark = [pytest.mark.anyio, once]
TENANT = "11111111-2222-3333-4444-555555555555"
APPLE_KEY = new_key()
TABLES = f"""
[google]
client_id = "{CLIENT_ID}"
client_secret_env = "SERVICE_SECRET"

[github]
client_id = "{CLIENT_ID}"
client_secret_env = "SERVICE_SECRET"

[apple]
client_id = "{CLIENT_ID}"
client_secret_env = "APPLE_KEY"
team_id = "the team"
key_id = "the key"

[microsoft]
client_id = "{CLIENT_ID}"
client_secret_env = "SERVICE_SECRET"
tenant = "{TENANT}"

[trusted]
kind = "oidc"
name = "One that vouches"
issuer = "https://login.example.com/realm"
email_is_confirmed = true
client_id = "{CLIENT_ID}"
client_secret_env = "SERVICE_SECRET"
"""
ISSUERS = {
    "google": "https://accounts.google.com",
    "apple": "https://appleid.apple.com",
    "microsoft": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "trusted": "https://login.example.com/realm",
}


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> str:
    pem = APPLE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    monkeypatch.setenv("APPLE_KEY", pem.decode())
    return TABLES


VERIFIED: Said = {"email": "ann@gmail.com", "email_verified": True}


VOUCHED: list[tuple[str, Said, bool]] = [
    ("google", VERIFIED, True),
    ("google", VERIFIED | {"email": "Ann@GMail.com"}, True),
    ("google", VERIFIED | {"email_verified": False}, False),
    ("google", VERIFIED | {"email_verified": "true"}, False),
    ("google", VERIFIED | {"email_verified": None}, False),
    ("google", VERIFIED | {"email": EMAIL}, False),  # theirs when they registered there, and whose since?
    ("google", VERIFIED | {"email": EMAIL, "hd": "example.com"}, True),
    ("google", VERIFIED | {"email": EMAIL, "hd": ""}, False),
    ("google", VERIFIED | {"email": "ann@gmail.com.example.com"}, False),
    ("google", VERIFIED | {"email": "ann@notgmail.com"}, False),
    ("google", VERIFIED | {"iss": "accounts.google.com"}, True),  # as its documents say that it may write itself
    ("microsoft", {"email": EMAIL}, True),
    ("microsoft", {"email": EMAIL, "xms_edov": True}, True),
    ("microsoft", {"email": EMAIL, "xms_edov": "1"}, True),
    ("microsoft", {"email": EMAIL, "xms_edov": False}, False),
    ("microsoft", {"email": EMAIL, "xms_edov": "0"}, False),
    ("microsoft", {"email": EMAIL, "xms_edov": None, "tid": TENANT, "preferred_username": "ben@example.com"}, True),
    ("microsoft", {"email": EMAIL, "acct": 0, "idp": f"https://sts.windows.net/{TENANT}/"}, True),
    ("microsoft", {"email": EMAIL, "acct": 1}, False),  # a guest
    ("microsoft", {"email": EMAIL, "idp": "live.com"}, False),
    ("microsoft", {"email": EMAIL, "idp": "live.com", "xms_edov": True}, True),
    ("trusted", {"email": EMAIL}, True),
    ("trusted", {"email": EMAIL, "email_verified": True}, True),
    ("trusted", {"email": EMAIL, "email_verified": False}, False),
    ("trusted", {"email": EMAIL, "email_verified": "false"}, False),
]


async def test_a_service_vouches_for_an_address_in_its_own_way(server: Postern, service: Service) -> None:
    """Each case is somebody else: what vouches for an address is behind its `@`."""
    numbers = map(str, itertools.count())

    async def is_vouched_for(case: tuple[str, Said, bool]) -> None:
        (provider, person, vouches), number = case, next(numbers)
        own = {"sub": number, "email": f"{number}{person['email']}"}
        service.issuer, service.person = ISSUERS[provider], person | own
        answer = await logged_in_by(server, service, provider)
        assert answer["__typename"] == ("LoggedIn" if vouches else "EmailNotConfirmed")
        identities = await Identity.filter(subject=number)
        assert [identity.issuer for identity in identities] == ([ISSUERS[provider]] if vouches else [])

    await each(VOUCHED, is_vouched_for)
    assert await Identity.all().count() == sum(vouches for _, _, vouches in VOUCHED)


WRITTEN = ("\uff41nn@example.com", "ann@ex\u00e4mple.com", "an\u212a@example.com", "ann@xn--exmple-cua.com ")


async def test_what_a_service_vouches_for_is_the_address_as_it_writes_it(server: Postern, service: Service) -> None:
    """Of a fullwidth `ann@` ours makes `ann@`, who is somebody else there."""
    numbers = map(str, itertools.count())

    async def is_not_confirmed(case: tuple[str, str]) -> None:
        (provider, email), number = case, next(numbers)
        service.issuer, service.person = ISSUERS[provider], {"sub": number, "email": f"{number}{email}"}
        assert (await logged_in_by(server, service, provider))["__typename"] == "EmailNotConfirmed"

    await each(list(itertools.product(("microsoft", "trusted"), WRITTEN)), is_not_confirmed)
    assert [await User.exclude(email_confirmed_at=None).count(), await Identity.all().count()] == [0, 0]


async def test_one_that_is_known_gets_in_whatever_its_address_has_become(server: Postern, service: Service) -> None:
    service.issuer, service.person = ISSUERS["trusted"], {"sub": "1", "email": EMAIL}
    ann = await logged_in_by(server, service, "trusted")
    for email in ("\uff41nn@example.com", "no address", None):
        service.person = {"sub": "1", "email": email}
        assert (await logged_in_by(server, service, "trusted"))["user"] == ann["user"]


async def test_one_number_at_two_issuers_is_two_people(server: Postern, service: Service) -> None:
    service.issuer, service.person = ISSUERS["trusted"], {"sub": "1", "email": EMAIL}
    ann = await logged_in_by(server, service, "trusted")
    service.issuer, service.person = ISSUERS["google"], {"sub": "1", **VERIFIED}
    other = await logged_in_by(server, service)
    assert ann["user"]["id"] != other["user"]["id"]


MICROSOFT = "https://login.microsoftonline.com"
FOREIGN = [
    ("trusted", ISSUERS["google"]),
    ("google", "http://accounts.google.com"),
    ("google", "accounts.google.com:443"),
    ("microsoft", f"{MICROSOFT}/22222222-2222-3333-4444-555555555555/v2.0"),
    ("microsoft", f"{MICROSOFT}/{{tenantid}}/v2.0"),
    ("microsoft", f"{MICROSOFT}/common/v2.0"),
    ("microsoft", f"https://sts.windows.net/{TENANT}/"),
    ("microsoft", ISSUERS["microsoft"].removeprefix("https://")),
]


async def test_the_token_of_another_issuer_is_refused(server: Postern, service: Service) -> None:
    """Though its key is the same, and it names the audience."""
    for provider, issuer in FOREIGN:
        service.issuer, service.claims = ISSUERS[provider], {"iss": issuer}
        assert await sent_and_back(server, service, new_verifier(), provider) == {"error": "failed"}, issuer
    assert await User.all().count() == 0


async def test_microsofts_metadata_for_everybody_are_those_of_no_tenant(server: Postern, service: Service) -> None:
    """They have a template in place of an issuer."""
    service.issuer, service.metadata = ISSUERS["microsoft"], {"issuer": f"{MICROSOFT}/{{tenantid}}/v2.0"}
    assert brought_to_frontend(await left(server, new_verifier(), "microsoft")) == {"error": "failed"}


class Apple:
    """What Apple does otherwise: it posts, and its clients prove themselves by a token that they sign."""

    def __init__(self, service: Service) -> None:
        service.issuer, service.secret = ISSUERS["apple"], self.knows
        self.seen: list[Said] = []

    def knows(self, secret: str) -> bool:
        assert jwt.get_unverified_header(secret) == {"alg": "ES256", "kid": "the key", "typ": "JWT"}
        claims = jwt.decode(secret, APPLE_KEY.public_key(), algorithms=["ES256"], audience=ISSUERS["apple"])
        self.seen.append(claims)
        return bool(claims["iss"] == "the team" and claims["sub"] == CLIENT_ID and claims["exp"] - claims["iat"] <= 300)


async def posted(server: Postern, service: Service, verifier: str, **more: str) -> dict[str, str]:
    there = await left(server, verifier, "apple")
    cookie = there.headers["set-cookie"]
    assert "SameSite=none" in cookie
    assert "Secure" in cookie
    brought = service.browser_came(there.headers["location"])
    assert service.asked["response_mode"] == "form_post"
    headers = {"Origin": "https://appleid.apple.com", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    answer = await server.http.post("/auth/apple/callback", data=brought | more, headers=headers)
    assert answer.status_code == 303
    return brought_to_frontend(answer)


@pytest.mark.parametrize("verified", [True, "true"])
async def test_apple_posts_the_browser_back_and_tells_the_name_beside_the_code_once(
    server: Postern, service: Service, verified: Any
) -> None:
    apple = Apple(service)
    service.person = {"sub": "001.x", "email": EMAIL, "email_verified": verified}
    for user in ({"name": {"firstName": "Ann", "lastName": "Example"}}, None):
        verifier = new_verifier()
        code = (await posted(server, service, verifier, **({"user": json.dumps(user)} if user else {})))["code"]
        login = await server.do(EXCHANGE, code=code, codeVerifier=verifier)
        assert login["user"]["name"] == "Ann Example"
    assert len(apple.seen) == 2


async def by_apple(server: Postern, service: Service, **more: str) -> dict[str, Any]:
    verifier = new_verifier()
    code = (await posted(server, service, verifier, **more))["code"]
    return await server.do(EXCHANGE, code=code, codeVerifier=verifier)


async def test_apple_says_whether_the_address_is_confirmed(server: Postern, service: Service) -> None:
    Apple(service)
    for verified in (False, "false", None, 0, "yes"):
        service.person = {"sub": "001.x", "email": EMAIL, "email_verified": verified}
        assert (await by_apple(server, service))["__typename"] == "EmailNotConfirmed"
    assert await Identity.all().count() == 0


async def test_an_address_that_apple_makes_up_is_one_that_mail_is_sent_to(server: Postern, service: Service) -> None:
    Apple(service)
    private: Said = {"email": "dpdcnf87nu@privaterelay.appleid.com", "email_verified": "true"}
    for number, says in enumerate(("true", True)):
        service.person = {"sub": f"001.{number}", **private, "is_private_email": says}
        service.person["email"] = f"{number}{private['email']}"
        login = await by_apple(server, service)
        assert (login["__typename"], login["user"]["email"]) == ("LoggedIn", service.person["email"])


NO_NAMES = ("", "x", "[]", "{}", '{"name": 7}', '{"name": {"firstName": ["x"]}}', "[" * 20_000, "\0")


async def test_what_apples_form_says_beside_is_not_relied_on(server: Postern, service: Service) -> None:
    Apple(service)
    for number, user in enumerate(NO_NAMES):
        service.person = {"sub": f"001.{number}", "email": f"{number}@example.com", "email_verified": True}
        login = await by_apple(server, service, user=user)
        assert (login["__typename"], login["user"]["name"]) == ("LoggedIn", None)


async def test_who_cancels_at_apple_is_told_so(server: Postern, service: Service) -> None:
    Apple(service)
    assert await posted(server, service, new_verifier(), error="user_cancelled_authorize") == {"error": "denied"}


async def test_nothing_but_a_form_is_posted(server: Postern, service: Service) -> None:
    Apple(service)
    there = await left(server, new_verifier(), "apple")
    brought = service.browser_came(there.headers["location"])
    assert (await server.http.post("/auth/apple/callback", json=brought)).status_code == 415
    assert (await server.http.post("/auth/apple/callback", content=b"state=x")).status_code == 415
    assert (await server.http.post("/auth/apple/callback", data={"state": "x"})).status_code == 400


class GitHub:
    """GitHub's few addresses, of which one gives a token for a code."""

    def __init__(self, service: Service) -> None:
        self.user: Any = {"id": 583231, "login": "octocat", "name": "The Octocat"}
        self.emails: Any = [
            {"email": "old@example.com", "primary": False, "verified": True},
            {"email": EMAIL, "primary": True, "verified": True},
        ]
        self.token: Any = {"access_token": "gho_hunter2", "token_type": "bearer", "scope": "read:user,user:email"}
        self.bearer = "gho_hunter2"
        self.statuses: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []
        service.there.answer = self.answer

    def answer(self, asked: Asked) -> bytes:
        path, host = urlsplit(asked.target).path, asked.headers["host"]
        self.asked.append((host, path))
        if (host, path) == ("github.com", "/login/oauth/access_token"):
            assert asked.headers["accept"] == "application/json"
            assert b"client_secret=" in asked.body
            assert b"code_verifier=" in asked.body
            return answered(self.token)
        assert asked.headers["authorization"] == f"Bearer {self.bearer}"
        return answered({"/user": self.user, "/user/emails": self.emails}[path], self.statuses.get(path, "200 OK"))


@pytest.fixture
def github(service: Service) -> GitHub:
    return GitHub(service)


def agreed(url: str) -> dict[str, str]:
    """What the browser brings back from GitHub."""
    assert url.startswith("https://github.com/login/oauth/authorize?")
    fields = dict(part.split("=", 1) for part in urlsplit(url).query.split("&"))
    assert fields["code_challenge_method"] == "S256"
    return {"code": "x" * 20, "state": fields["state"]}


async def by_github(server: Postern) -> dict[str, Any]:
    verifier = new_verifier()
    there = await left(server, verifier, "github")
    answer = await server.http.get("/auth/github/callback", params=agreed(there.headers["location"]))
    brought = brought_to_frontend(answer)
    return await server.do(EXCHANGE, code=brought["code"], codeVerifier=verifier) if "code" in brought else brought


async def test_github_is_asked_who_it_was_and_knows_people_by_number(server: Postern, github: GitHub) -> None:
    login = await by_github(server)
    assert (login["user"]["email"], login["user"]["name"]) == (EMAIL, "The Octocat")
    identity = await Identity.get()
    assert (identity.issuer, identity.subject, identity.label) == ("https://github.com", "583231", "octocat")
    github.user = {"id": 583231, "login": "renamed"}
    assert (await by_github(server))["user"]["id"] == login["user"]["id"]
    github.user, github.emails = {"id": 2, "login": "octocat"}, [{"email": "b@b.de", "primary": True, "verified": True}]
    assert (await by_github(server))["user"]["id"] != login["user"]["id"], "a name changes hands"


UNCONFIRMED: list[Any] = [
    [],
    {},
    None,
    [1],
    [{"email": EMAIL, "primary": True, "verified": False}],
    [{"email": EMAIL, "primary": False, "verified": True}],
    [{"email": EMAIL, "primary": 1, "verified": "true"}],
    [{"primary": True, "verified": True}],
]


async def test_of_github_only_the_confirmed_primary_address_counts(server: Postern, github: GitHub) -> None:
    numbers = itertools.count(1)

    async def lets_nobody_in(emails: Any) -> None:
        github.user, github.emails = {"id": next(numbers), "login": "octocat"}, emails
        assert await by_github(server) == {"error": "failed"}

    await each(UNCONFIRMED, lets_nobody_in)
    assert await User.all().count() == 0


async def test_what_github_does_not_let_us_read_lets_nobody_in(server: Postern, github: GitHub) -> None:
    """A GitHub App without the permission for addresses, and a token that was taken back."""
    for path, status in (("/user/emails", "403 Forbidden"), ("/user/emails", "404 Not Found"), ("/user", "401 No")):
        github.statuses = {path: status}
        assert await by_github(server) == {"error": "failed"}
    assert await User.all().count() == 0


NUMBERS = ("583231", True, 0, -1, None, 1.0, 2**63, 10**300)


async def test_githubs_addresses_too_are_vouched_for_as_they_are_written(server: Postern, github: GitHub) -> None:
    github.emails = [{"email": "\uff41nn@example.com", "primary": True, "verified": True}]
    assert (await by_github(server))["__typename"] == "EmailNotConfirmed"
    assert [await User.exclude(email_confirmed_at=None).count(), await Identity.all().count()] == [0, 0]


async def test_an_account_there_without_a_number_is_none(server: Postern, github: GitHub) -> None:
    async def lets_nobody_in(user: Any) -> None:
        github.user = user
        assert await by_github(server) == {"error": "failed"}

    await each([{}, [], *({"id": number} for number in NUMBERS)], lets_nobody_in)
    assert await User.all().count() == 0


async def test_the_longest_token_and_the_greatest_number_are_taken(server: Postern, github: GitHub) -> None:
    github.bearer = "x" * 4096
    github.token, github.user = {"access_token": github.bearer}, {"id": 2**63 - 1}
    assert (await by_github(server))["__typename"] == "LoggedIn"
    assert (await Identity.get()).subject == str(2**63 - 1)


NO_TOKENS = (7, "", "x\r\nHost: y", "gho_\u00e4", "gho_\u4e2d", "\ud800", "x\x7f", "x" * 4097, " x ")


async def test_without_a_token_nothing_is_asked(server: Postern, github: GitHub) -> None:
    async def asks_nothing(token: Any) -> None:
        github.token, github.asked = token, []
        assert await by_github(server) == {"error": "failed"}
        assert github.asked == [("github.com", "/login/oauth/access_token")]

    answers = [{}, [], {"error": "bad_verification_code"}, *({"access_token": token} for token in NO_TOKENS)]
    await each(answers, asks_nothing)


async def test_no_secret_of_a_service_is_told_by_any_answer(server: Postern, service: Service) -> None:
    body = await server.ask("{ providers { id name url } }")
    assert [one["id"] for one in body["data"]["providers"]] == ["google", "github", "apple", "microsoft", "trusted"]
    assert CLIENT_SECRET not in repr(server.settings)
    assert "PRIVATE KEY" not in repr(server.settings)
