"""links_by_address: a service that gives the addresses out opens their accounts, where the operator has it so"""

import asyncio

import pytest

from models import Device, Identity, Session, User
from tests.support.account import CONFIRM_CHANGE, requested_change, works
from tests.support.databases import once
from tests.support.factors import set_up
from tests.support.postern import EMAIL, Postern
from tests.support.provider_logins import logged_in_by
from tests.support.secrecy import Watch
from tests.support.service import Service

pytestmark = pytest.mark.anyio


@pytest.fixture
def providers(providers: str) -> str:
    """Google does, the company does not, though it vouches for addresses."""
    known = providers.replace("[google]\n", "[google]\nlinks_by_address = true\n")
    return known.replace("email_is_confirmed = false", "email_is_confirmed = true")


async def test_it_opens_the_account_of_an_address_that_it_vouches_for_and_closes_whatever_was_open(
    server: Postern, service: Service, watch: Watch
) -> None:
    bob, ann = await server.joined("bob@example.com"), await server.joined()
    change, _ = await requested_change(server, ann)
    login = await logged_in_by(server, service)
    assert (login["__typename"], login["user"]["id"]) == ("LoggedIn", ann["user"]["id"])
    assert (await Identity.get()).last_used_at
    assert [await works(server, one) for one in (ann, login, bob)] == [False, True, True]
    assert (await server.do(CONFIRM_CHANGE, token=change))["__typename"] == "InvalidToken"
    assert "Google" in str((await server.post.letters_to(EMAIL, 3))[-1]["Subject"])
    (line,) = watch.events("identity_linked")
    assert (line["user_id"], line["provider"], line["closed"]) == (ann["user"]["id"], "google", 1)
    assert (await logged_in_by(server, service))["user"]["id"] == ann["user"]["id"]
    assert (await server.login())["__typename"] == "LoggedIn", "the password opens it as before"
    assert [await Identity.all().count(), await Device.filter(user_id=bob["user"]["id"]).count()] == [1, 1]


async def test_two_browsers_at_once_link_it_once(server: Postern, service: Service) -> None:
    await server.logged_in()
    answers = await asyncio.gather(*(logged_in_by(server.elsewhere(), service) for _ in range(4)))
    assert {answer["__typename"] for answer in answers} == {"LoggedIn"}
    assert [await Identity.all().count(), await User.all().count()] == [1, 1]


@once
async def test_it_opens_nothing_by_an_address_that_it_does_not_vouch_for(server: Postern, service: Service) -> None:
    login = await server.logged_in()
    service.person |= {"hd": None}
    assert (await logged_in_by(server, service))["__typename"] == "EmailNotConfirmed"
    service.issuer = "https://login.example.com/realm"
    assert (await logged_in_by(server, service, "company"))["__typename"] == "IdentityNotLinked"
    assert [await Identity.all().count(), await Session.all().count()] == [0, 1]
    assert await works(server, login)


@once
async def test_a_second_factor_is_asked_for_all_the_same(server: Postern, service: Service) -> None:
    await set_up(server, await server.logged_in())
    assert (await logged_in_by(server, service))["__typename"] == "SecondFactorNeeded"
    assert await Session.all().count() == 0
