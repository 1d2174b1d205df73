"""Whose account it is that another service opens: never by an address alone (arXiv 2205.10174)"""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import Identity, Letter, Link, ProviderLogin, Registration, Session, User
from tests.support.account import (
    CONFIRM_CHANGE,
    EXPORT,
    NEW_EMAIL,
    NEW_PASSWORD,
    RESET,
    UNDO_CHANGE,
    requested_change,
    requested_reset,
    works,
)
from tests.support.databases import once
from tests.support.factors import COMPLETE, set_up
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, PASSWORD, RESEND, Postern, running
from tests.support.postoffice import PostOffice, body
from tests.support.provider_logins import IDENTITIES, LINK, UNLINK, logged_in_by, new_verifier, sent_and_back
from tests.support.secrecy import Watch
from tests.support.service import Service
from tests.support.told import by, told
from tests.support.walks import each

pytestmark = pytest.mark.anyio
COMPANY = "https://login.example.com/realm"


@pytest.fixture
def company(service: Service) -> Service:
    """A service that does not vouch for addresses."""
    service.issuer = COMPANY
    service.person = {"sub": "a1", "email": EMAIL, "name": "Ann of the company"}
    return service


async def linked(server: Postern, service: Service, login: dict[str, Any]) -> str:
    """The id of what was linked to the account of a login."""
    ticket = (await logged_in_by(server, service))["linkTicket"]
    result = await server.do(LINK, login["accessToken"], linkTicket=ticket)
    assert result["__typename"] == "IdentityLinked", result
    return str(result["identity"]["id"])


@once
async def test_an_account_that_is_there_is_not_opened_by_its_address(
    server: Postern, service: Service, watch: Watch
) -> None:
    login = await server.logged_in()
    answer = await logged_in_by(server, service)
    assert (answer["__typename"], answer["provider"]) == ("IdentityNotLinked", "google")
    assert [await Identity.all().count(), await Session.all().count(), await User.all().count()] == [0, 1, 1]
    (line,) = watch.events("login_failed")
    assert (line["reason"], line["user_id"]) == ("identity_not_linked", login["user"]["id"])


async def test_its_owner_logs_in_as_ever_and_links_it_and_is_told_by_mail(server: Postern, service: Service) -> None:
    bob = await server.joined("bob@example.com")
    login = await server.joined()
    await linked(server, service, login)
    assert (await Identity.get()).last_used_at is None
    letter = (await server.post.letters_to(EMAIL, 2))[-1]
    assert "Google" in str(letter["Subject"])
    by_google = await logged_in_by(server, service)
    assert by_google["user"]["id"] == login["user"]["id"]
    assert (await server.login())["__typename"] == "LoggedIn", "the password opens it as before"
    assert (await server.ask(IDENTITIES, token=bob["accessToken"]))["data"]["me"]["identities"] == []


async def test_a_ticket_links_once_even_when_it_comes_many_times_at_once(server: Postern, service: Service) -> None:
    login = await server.logged_in()
    ticket = (await logged_in_by(server, service))["linkTicket"]
    answers = await asyncio.gather(*(server.do(LINK, login["accessToken"], linkTicket=ticket) for _ in range(5)))
    kinds = [answer["__typename"] for answer in answers]
    assert (kinds.count("IdentityLinked"), kinds.count("InvalidToken")) == (1, 4)
    assert await Identity.all().count() == 1


@once
async def test_a_ticket_is_worth_nothing_to_another_account(server: Postern, service: Service) -> None:
    bob = await server.logged_in("bob@example.com")
    ann = await server.logged_in()
    ticket = (await logged_in_by(server, service))["linkTicket"]
    assert (await server.do(LINK, bob["accessToken"], linkTicket=ticket))["__typename"] == "InvalidToken"
    assert await Identity.all().count() == 0
    assert (await server.do(LINK, ann["accessToken"], linkTicket=ticket))["__typename"] == "IdentityLinked"


@once
async def test_a_ticket_has_expired_after_ten_minutes(server: Postern, service: Service) -> None:
    login = await server.logged_in()
    ticket = (await logged_in_by(server, service))["linkTicket"]
    await ProviderLogin.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await server.do(LINK, login["accessToken"], linkTicket=ticket))["__typename"] == "ExpiredToken"
    for wrong in ("", "x", "\ud800", "x" * 5000):
        assert (await server.do(LINK, login["accessToken"], linkTicket=wrong))["__typename"] == "InvalidToken"
    assert await Identity.all().count() == 0


@once
async def test_linking_and_taking_away_ask_who_is_there(server: Postern, service: Service) -> None:
    login = await server.logged_in()
    first = await linked(server, service, login)
    await server.logged_in("bob@example.com")
    service.person |= {"sub": "another of hers"}
    ticket = (await logged_in_by(server, service))["linkTicket"]
    await Session.all().update(stepped_up_at=datetime.now(UTC) - timedelta(minutes=11))
    for query, given in ((LINK, {"linkTicket": ticket}), (UNLINK, {"identityId": first})):
        assert (await server.do(query, login["accessToken"], **given))["__typename"] == "StepUpNeeded"
    assert await Identity.all().count() == 1


async def test_what_opens_an_account_already_is_linked_to_no_other(server: Postern, service: Service) -> None:
    login = await server.logged_in()
    tickets = [(await logged_in_by(server, service))["linkTicket"] for _ in range(2)]
    answers = await asyncio.gather(*(server.do(LINK, login["accessToken"], linkTicket=ticket) for ticket in tickets))
    assert sorted(answer["__typename"] for answer in answers) == ["IdentityLinked", "IdentityTaken"]
    assert await Identity.all().count() == 1


async def test_what_was_taken_away_opens_nothing_and_closes_every_other_session(
    server: Postern, service: Service
) -> None:
    login = await server.joined()
    bob = await server.joined("bob@example.com")
    identity_id = await linked(server, service, login)
    known: dict[str, Any] = {"provider": "google", "issuer": "i", "created_at": datetime.now(UTC)}
    bobs = await Identity.create(user_id=bob["user"]["id"], subject="bob", **known)
    by_google = await logged_in_by(server, service)
    assert (await server.do(UNLINK, bob["accessToken"], identityId=identity_id))["__typename"] == "NotFound"
    assert (await server.do(UNLINK, login["accessToken"], identityId="x"))["__typename"] == "NotFound"
    result = await server.do(UNLINK, login["accessToken"], identityId=identity_id)
    assert result == {"__typename": "IdentityUnlinked", "sessionsRevoked": 1}
    assert await told("identity_unlinked") == by(login) | {"provider": "google", "closed": 1}
    assert [await works(server, one) for one in (login, by_google, bob)] == [True, False, True]
    assert (await logged_in_by(server, service))["__typename"] == "IdentityNotLinked"
    assert "Google" in str((await server.post.letters_to(EMAIL, 3))[-1]["Subject"])
    hers = await Letter.filter(user_id=login["user"]["id"]).order_by("id")
    assert [letter.kind for letter in hers] == ["confirm_email", "identity_linked", "identity_unlinked"]
    assert (await server.do(UNLINK, login["accessToken"], identityId=identity_id))["__typename"] == "NotFound"
    assert [one.id for one in await Identity.all()] == [bobs.id]


async def test_a_login_that_waits_for_a_second_factor_is_over_when_its_service_is_taken_away(
    server: Postern, service: Service
) -> None:
    login = await logged_in_by(server, service)
    app = await set_up(server, login)
    needed = await logged_in_by(server, service)
    identity = await Identity.get()
    await server.do(UNLINK, login["accessToken"], identityId=str(identity.id))
    proof = {"totpCode": await app.fresh_code()}
    assert (await server.do(COMPLETE, ticket=needed["ticket"], proof=proof))["__typename"] == "InvalidToken"
    assert await Session.all().count() == 1


async def test_a_squatters_registration_leaves_them_nothing(server: Postern, service: Service) -> None:
    """Classic-federated merge: a stranger registers the address first, and waits."""
    others = await server.registered("bob@example.com", name="Bob")
    squatters_link = await server.registered(password="squatting here since dawn", name="Squatter")
    to_a_password = await requested_reset(server)
    login = await logged_in_by(server.elsewhere(**{"Accept-Language": "de"}), service)
    assert (login["__typename"], login["user"]["name"], login["user"]["locale"]) == ("LoggedIn", "Ann", "de")
    reset = await server.do(RESET, token=to_a_password, newPassword=NEW_PASSWORD)
    assert reset["__typename"] == "InvalidToken"
    assert (await server.login(password="squatting here since dawn"))["__typename"] == "InvalidCredentials"
    assert (await server.confirm(squatters_link))["__typename"] == "InvalidToken"
    assert (await User.get(canonical_email=EMAIL)).password_hash is None
    assert (await server.confirm(others))["__typename"] == "EmailConfirmed"
    assert await Link.filter(user__canonical_email=EMAIL).count() == 0


@once
async def test_a_password_can_be_chosen_later_by_letter(server: Postern, service: Service) -> None:
    await logged_in_by(server, service)
    known = dict((await Identity.all().values("user_id", "provider", "issuer", "vouched_for", "created_at"))[0])
    await Identity.create(**known, subject="another account there of hers")
    await server.post.letters_to(EMAIL, 1)
    await server.do(RESET, token=await requested_reset(server), newPassword=NEW_PASSWORD)
    assert "other services still open your account too: Google." in body((await server.post.letters_to(EMAIL, 3))[2])
    assert (await server.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"


async def test_where_the_service_does_not_vouch_a_letter_of_ours_has_to(
    server: Postern, company: Service, watch: Watch
) -> None:
    waiting = await logged_in_by(server, company, "company")
    assert waiting["__typename"] == "EmailNotConfirmed"
    assert [await Identity.all().count(), await Session.all().count()] == [0, 0]
    await server.do(RESEND, email=EMAIL)
    assert ["with The company" in body(letter) for letter in await server.post.letters_to(EMAIL, 2)] == [True, True]
    assert (await server.confirm(await server.letter_token()))["__typename"] == "EmailConfirmed"
    login = await logged_in_by(server, company, "company")
    assert (login["__typename"], login["user"]["name"]) == ("LoggedIn", "Ann of the company")
    assert (await Registration.get()).identity is None
    assert [line["provider"] for line in watch.events("identity_linked")] == ["company"]


async def test_a_taken_address_is_answered_alike_and_only_its_owner_is_told(server: Postern, company: Service) -> None:
    login = await server.joined()
    company.person["email"] = "bob@example.com"
    free = await logged_in_by(server, company, "company")
    company.person["email"] = EMAIL
    taken = await logged_in_by(server, company, "company")
    assert taken == free
    await server.post.letters_to(EMAIL, 2)
    await server.post.letters_to("bob@example.com", 1)
    assert await Identity.all().count() == 0
    assert (await server.ask(IDENTITIES, token=login["accessToken"]))["data"]["me"]["identities"] == []
    assert (await logged_in_by(server, company, "company"))["__typename"] == "EmailNotConfirmed"


@once
async def test_an_address_block_may_bring_so_many_addresses_that_nobody_vouches_for(
    known: MakeSettings, database_url: str, company: Service, post: PostOffice
) -> None:
    async with running(known(database_url=database_url, mail_limit_per_address="1 per hour"), post) as server:
        german = server.elsewhere(**{"Accept-Language": "de"})
        answers = [await logged_in_by(german, company, "company") for _ in range(2)]
        assert [answer["__typename"] for answer in answers] == ["EmailNotConfirmed", "TooManyAttempts"]
        assert (await Registration.get()).locale == "de", "that of the browser"


async def test_a_reset_leaves_a_service_that_does_not_vouch_nothing(server: Postern, company: Service) -> None:
    """A stranger has come by it with the address, and its owner has clicked their link."""
    stranger, bob = dict(company.person), {"sub": "bob", "email": "bob@example.com"}
    for person in (stranger, company.person | bob):
        company.person = person
        await logged_in_by(server, company, "company")
        await server.confirm(await server.letter_token(person["email"]))
    company.person = stranger
    token = await requested_reset(server)
    assert (await server.do(RESET, token=token, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
    assert [identity.subject for identity in await Identity.all()] == ["bob"]
    assert (await logged_in_by(server, company, "company"))["__typename"] == "EmailNotConfirmed"


async def test_what_a_thief_of_the_account_has_linked_goes_with_the_way_back(server: Postern, service: Service) -> None:
    login = await server.joined()
    mine = await linked(server, service, login)
    await server.post.letters_to(EMAIL, 2)
    change, undo = await requested_change(server, login)
    await server.do(CONFIRM_CHANGE, token=change)
    thief = await server.login(NEW_EMAIL)
    service.person |= {"sub": "the thief", "email": NEW_EMAIL}
    await linked(server, service, thief)
    service.person |= {"sub": "bob", "email": "bob@example.com"}
    bobs = str((await logged_in_by(server, service))["user"]["id"])
    assert await Identity.all().count() == 3
    assert (await server.do(UNDO_CHANGE, token=undo))["__typename"] == "EmailChangeUndone"
    assert [str(identity.id) for identity in await Identity.exclude(user_id=bobs)] == [mine]
    assert await Identity.filter(user_id=bobs).count() == 1, "a neighbour's"
    told = (await server.post.letters_to(EMAIL, 4))[-1]
    assert "other services still open your account too: Google." in body(told)


async def test_an_identity_that_was_linked_elsewhere_meanwhile_opens_that_account(
    server: Postern, company: Service
) -> None:
    """Two registrations of one account there, with two addresses; both links are clicked."""
    await logged_in_by(server, company, "company")
    company.person["email"] = "bob@example.com"
    await logged_in_by(server, company, "company")
    for email in (EMAIL, "bob@example.com"):
        assert (await server.confirm(await server.letter_token(email)))["__typename"] == "EmailConfirmed"
    assert await Identity.all().count() == 1
    assert (await logged_in_by(server, company, "company"))["user"]["email"] == EMAIL


@once
async def test_without_an_address_nobody_has_an_account(server: Postern, service: Service, watch: Watch) -> None:
    async def has_no_account(email: Any) -> None:
        service.person["email"], told = email, len(watch.events("provider_failed"))
        assert await sent_and_back(server, service, new_verifier()) == {"error": "failed"}
        assert [line["error"] for line in watch.events("provider_failed")[told:]] == ["no address"]

    none = [None, "", "ann", 7, "x" * 300 + "@example.com", "ann@example.com\0", ["a@b.de"]]
    await each(none, has_no_account)
    assert await User.all().count() == 0


@once
async def test_a_name_that_is_none_here_is_left_out(server: Postern, service: Service) -> None:
    numbers = itertools.count()

    async def is_left_out(name: Any) -> None:
        number = next(numbers)
        service.person |= {"sub": str(number), "email": f"{number}@example.com", "name": name}
        assert (await logged_in_by(server, service))["user"]["name"] is None

    names = [None, "", 7, "x" * 101, "Ann\n", "\ud800", ["Ann"]]
    await each(names, is_left_out)
    assert await User.all().count() == len(names)


@once
async def test_what_is_held_of_it_is_exported_and_goes_with_the_account(server: Postern, service: Service) -> None:
    login = await logged_in_by(server, service)
    exported = (await server.ask(EXPORT, token=login["accessToken"]))["data"]["me"]["exportMyData"]
    (identity,) = exported["identities"]
    assert (identity["provider"], identity["subject"], identity["label"]) == ("google", "1234567890", EMAIL)
    await User.all().delete()
    assert await Identity.all().count() == 0
    assert PASSWORD not in str(exported)
