"""the addresses behind links: no page of another origin acts there, for its visitors or against them"""

import pytest

from models import User
from tests.support.account import NEW_PASSWORD, requested_reset
from tests.support.given import MakeSettings
from tests.support.postern import CONFIRM, EMAIL, LOGIN, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.test_posted_bodies import ADDRESSES, FORM, JSON

pytestmark = pytest.mark.anyio

EVIL = "https://evil.example"
FOREIGN = [
    {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
    {"Origin": EVIL, "Sec-Fetch-Site": "same-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": EVIL},
]
OURS = [
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://postern.test", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "none"},
    {},
]


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing."""
    return "sqlite"


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ADDRESSES)
async def test_what_a_foreign_page_sends_is_refused_and_not_counted(
    make_settings: MakeSettings, database_url: str, post: PostOffice, path: str, headers: dict[str, str]
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, link_limit_per_address="5 per minute")
    async with running(settings, post) as server:
        for _ in range(6):
            answer = await server.http.post(path, content="token=guess", headers={"Content-Type": FORM} | headers)
            assert (answer.status_code, answer.headers.get("Set-Cookie")) == (403, None)
        assert (await server.do(CONFIRM, token="guess"))["__typename"] == "InvalidToken"


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_foreign_page_neither_sets_a_password_nor_makes_a_device_known(
    postern: Postern, headers: dict[str, str]
) -> None:
    await postern.logged_in()
    form = {"token": await requested_reset(postern), "newPassword": NEW_PASSWORD}
    before = (await User.get()).password_hash
    refused = await postern.http.post("/reset-password", data=form, headers=headers)
    assert (refused.status_code, refused.headers.get("Set-Cookie")) == (403, None)
    assert (await User.get()).password_hash == before
    assert (await postern.http.post("/reset-password", data=form)).status_code == 200


@pytest.mark.parametrize("headers", OURS)
async def test_our_own_page_a_listed_one_and_a_program_may_post(postern: Postern, headers: dict[str, str]) -> None:
    await postern.logged_in()
    form = {"token": await requested_reset(postern), "newPassword": NEW_PASSWORD}
    answer = await postern.http.post("/reset-password", data=form, headers=headers)
    assert answer.status_code == 200
    assert "postern-device=" in answer.headers["Set-Cookie"]


async def test_a_program_gets_its_device_token_in_the_answer_and_no_cookie(postern: Postern) -> None:
    await postern.logged_in()
    body = {"token": await requested_reset(postern), "newPassword": NEW_PASSWORD}
    answer = await postern.http.post("/reset-password", json=body)
    assert "Set-Cookie" not in answer.headers
    login = await postern.do(LOGIN, email=EMAIL, password=NEW_PASSWORD, deviceToken=answer.json()["deviceToken"])
    assert (login["__typename"], login["deviceToken"]) == ("LoggedIn", None)


@pytest.mark.parametrize("kind", [f"text/plain, {JSON}", f"x/{JSON}", f"{JSON}x", "text/plain", ""])
async def test_graphql_is_read_as_json_alone(postern: Postern, kind: str) -> None:
    body = '{"query": "{ __typename }"}'
    answer = await postern.http.post("/graphql", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    good = await postern.http.post("/graphql", content=body, headers={"Content-Type": f"{JSON} ; charset=utf-8"})
    assert good.json() == {"data": {"__typename": "Query"}}
    assert (await postern.login(EMAIL, PASSWORD))["__typename"] == "InvalidCredentials"
