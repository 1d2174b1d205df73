"""startLinking, finishLinking: what a session has begun ends in that session, and nowhere else (RFC 6819 §4.4.1.8)"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import Identity, ProviderLogin, Session, Step
from tests.support.account import (
    CONFIRM_CHANGE,
    NEW_EMAIL,
    NEW_PASSWORD,
    REFRESH,
    RESET,
    requested_change,
    requested_reset,
    works,
)
from tests.support.databases import once
from tests.support.factors import START, STEP_UP
from tests.support.given import MakeSettings
from tests.support.linking import FINISH_LINKING, START_LINKING, code_to_link, followed, started
from tests.support.postern import EMAIL, LOGIN, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.provider_logins import (
    EXCHANGE,
    LINK,
    RETURN_TO,
    UNLINK,
    challenge_of,
    logged_in_by,
    new_verifier,
    sent_and_back,
)
from tests.support.secrecy import Watch
from tests.support.service import Service
from tests.support.told import by, told

pytestmark = pytest.mark.anyio
BOB = "bob@example.com"


async def finished(server: Postern, login: dict[str, Any], code: str, verifier: str) -> str:
    """What comes of it."""
    result = await server.do(FINISH_LINKING, login["accessToken"], code=code, codeVerifier=verifier)
    return str(result["__typename"])


async def linked(server: Postern, service: Service, login: dict[str, Any], provider: str = "google") -> str:
    """What comes of the whole way."""
    verifier = new_verifier()
    return await finished(server, login, await code_to_link(server, service, login, verifier, provider), verifier)


async def test_an_account_there_with_another_address_or_none_opens_ones_own_from_then_on(
    server: Postern, service: Service, watch: Watch
) -> None:
    bob = await server.joined(BOB)
    other, login, verifier = await server.joined(), await server.login(), new_verifier()
    service.issuer, service.person = "https://login.example.com/realm", {"sub": "a1", "preferred_username": "ann.e"}
    code = await code_to_link(server, service, login, verifier, "company")
    assert await Identity.all().count() == 0, "nothing is linked before the session says so"
    result = await server.do(FINISH_LINKING, login["accessToken"], code=code, codeVerifier=verifier)
    assert (result["identity"]["provider"], result["identity"]["label"]) == ("company", "ann.e")
    assert [await works(server, one) for one in (login, other, bob)] == [True, False, True]
    assert "The company" in str((await server.post.letters_to(EMAIL, 2))[-1]["Subject"])
    (line,) = watch.events("identity_linked")
    assert (line["user_id"], line["provider"], line["closed"]) == (login["user"]["id"], "company", 1)
    assert await told("identity_linked") == by(login) | {"provider": "company", "closed": 1}
    by_company = await logged_in_by(server, service, "company")
    assert by_company["user"]["id"] == login["user"]["id"]
    assert await ProviderLogin.all().count() == 0


@once
async def test_what_has_no_address_as_ours_are_is_linked_all_the_same_and_vouches_for_none(
    server: Postern, service: Service
) -> None:
    login = await server.logged_in()
    service.person |= {"email": "ann", "email_verified": True}
    assert await linked(server, service, login) == "IdentityLinked"
    assert (await Identity.get()).vouched_for is None


async def test_of_fifty_who_finish_at_once_one_links(
    known: MakeSettings, database_url: str, service: Service, post: PostOffice
) -> None:
    given = known(database_url=database_url, login_limit_per_address="100 per minute")
    async with running(given, post) as server:
        login, verifier = await server.logged_in(), new_verifier()
        code = await code_to_link(server, service, login, verifier)
        answers = await asyncio.gather(*(finished(server, login, code, verifier) for _ in range(50)))
    assert (answers.count("IdentityLinked"), answers.count("InvalidToken")) == (1, 49)
    async with running(given, post):
        assert await Identity.all().count() == 1


async def test_what_opens_an_account_already_is_linked_to_no_other(server: Postern, service: Service) -> None:
    bob, other, ann = await server.joined(BOB), await server.joined(), await server.login()
    assert await linked(server, service, bob) == "IdentityLinked"
    assert await linked(server, service, bob) == "IdentityTaken"
    assert await linked(server, service, ann) == "IdentityTaken"
    assert str((await Identity.get()).user_id) == bob["user"]["id"]
    assert await works(server, other), "nor was a session closed"
    assert len(await server.post.letters_to(EMAIL, 1)) == 1


@once
async def test_a_foreign_link_that_a_victim_follows_links_nothing(server: Postern, service: Service) -> None:
    """In either direction: a thief's account to the victim's, and the victim's to the thief's."""
    browser = server.elsewhere()
    victim, thief, verifier = await browser.logged_in(), await server.logged_in(BOB), new_verifier()
    code = await followed(browser, service, await started(server, thief, verifier))
    for tried in (new_verifier(), verifier):
        assert await finished(browser, victim, code, tried) == "InvalidToken"
    there = await server.http.get(await started(server, thief, verifier))
    brought = service.browser_came(there.headers["location"])
    assert (await browser.http.get("/auth/google/callback", params=brought)).status_code == 400
    code = await code_to_link(server, service, thief, verifier)
    assert await finished(browser, victim, code, verifier) == "InvalidToken"
    assert (await browser.do(EXCHANGE, code=code, codeVerifier=verifier))["__typename"] == "InvalidToken"
    assert [await Identity.all().count(), await Session.all().count()] == [0, 2]


@once
async def test_another_session_of_the_account_links_nothing_and_spoils_nothing(
    server: Postern, service: Service
) -> None:
    other, login, verifier = await server.logged_in(), await server.login(), new_verifier()
    code = await code_to_link(server, service, login, verifier)
    assert await finished(server, other, code, verifier) == "InvalidToken"
    assert await Identity.all().count() == 0
    assert await finished(server, login, code, verifier) == "IdentityLinked"


@once
async def test_each_token_is_good_once_and_for_its_own_step(server: Postern, service: Service) -> None:
    login, verifier = await server.logged_in(), new_verifier()
    url = await started(server, login, verifier)
    code = await followed(server, service, url)
    assert (await server.http.get(url)).status_code == 400, "the address has been used"
    assert (await server.do(EXCHANGE, code=code, codeVerifier=verifier))["__typename"] == "InvalidToken"
    assert (await server.do(LINK, login["accessToken"], linkTicket=code))["__typename"] == "InvalidToken"
    assert await finished(server, login, url.rpartition("=")[2], verifier) == "InvalidToken"
    assert await finished(server, login, code, verifier) == "IdentityLinked"
    assert await finished(server, login, code, verifier) == "InvalidToken", "it has been used"
    of_a_login = (await sent_and_back(server, service, verifier))["code"]
    assert await finished(server, login, of_a_login, verifier) == "InvalidToken"
    assert (await server.do(EXCHANGE, code=of_a_login, codeVerifier=verifier))["__typename"] == "LoggedIn"
    assert await Identity.all().count() == 1


@once
async def test_a_code_is_gone_after_a_wrong_verifier(server: Postern, service: Service) -> None:
    login, verifier = await server.logged_in(), new_verifier()
    code = await code_to_link(server, service, login, verifier)
    for tried in ("x" * 43, verifier):
        assert await finished(server, login, code, tried) == "InvalidToken"
    assert await Identity.all().count() == 0


@once
async def test_the_address_lasts_ten_minutes_and_the_code_one(server: Postern, service: Service) -> None:
    login, verifier, past = await server.logged_in(), new_verifier(), datetime.now(UTC) - timedelta(seconds=1)
    url = await started(server, login, verifier)
    assert (await ProviderLogin.get()).expires_at - datetime.now(UTC) <= timedelta(minutes=10)
    await ProviderLogin.all().update(expires_at=past)
    assert (await server.http.get(url)).status_code == 400
    code = await code_to_link(server, service, login, verifier)
    assert (await ProviderLogin.get()).expires_at - datetime.now(UTC) <= timedelta(minutes=1)
    await ProviderLogin.all().update(expires_at=past)
    assert await finished(server, login, code, verifier) == "ExpiredToken"
    assert await Identity.all().count() == 0


@once
async def test_both_ask_who_is_there_and_the_question_costs_no_code(server: Postern, service: Service) -> None:
    login, verifier = await server.logged_in(), new_verifier()
    code = await code_to_link(server, service, login, verifier)
    await Session.all().update(stepped_up_at=datetime.now(UTC) - timedelta(minutes=11))
    asked = {"provider": "google", "returnTo": RETURN_TO, "codeChallenge": challenge_of(verifier)}
    for query, given in ((START_LINKING, asked), (FINISH_LINKING, {"code": code, "codeVerifier": verifier})):
        result = await server.do(query, login["accessToken"], **given)
        assert (result["__typename"], result["methods"]) == ("StepUpNeeded", ["PASSWORD"])
    assert [await Identity.all().count(), await ProviderLogin.all().count()] == [0, 1]
    await server.do(STEP_UP, login["accessToken"], proof={"password": PASSWORD})
    assert await finished(server, login, code, verifier) == "IdentityLinked"


@once
async def test_what_a_closed_session_has_begun_is_worth_nothing(server: Postern, service: Service) -> None:
    other, login, verifier = await server.logged_in(), await server.login(), new_verifier()
    url, code = await started(server, login, verifier), await code_to_link(server, service, login, verifier)
    kept = await started(server, other, verifier)
    await server.ask("mutation { logout { sessionId } }", token=login["accessToken"])
    assert (await server.http.get(url)).status_code == 400
    assert await finished(server, other, code, verifier) == "InvalidToken"
    assert await Identity.all().count() == 0
    assert await finished(server, other, await followed(server, service, kept), verifier) == "IdentityLinked"


@once
async def test_a_frontend_that_asks_wrongly_gets_no_address(server: Postern, service: Service) -> None:
    login, challenge = await server.logged_in(), challenge_of(new_verifier())
    right = {"provider": "google", "returnTo": RETURN_TO, "codeChallenge": challenge}
    for wrong, kind, fields in (
        ({"provider": "github"}, "NotFound", None),
        ({"returnTo": "https://evil.example/"}, "InvalidInput", ["returnTo"]),
        ({"returnTo": RETURN_TO + "#", "codeChallenge": "x"}, "InvalidInput", ["returnTo", "codeChallenge"]),
    ):
        result = await server.do(START_LINKING, login["accessToken"], **{**right, **wrong})
        assert result["__typename"] == kind
        assert fields is None or [error["field"] for error in result["errors"]] == fields
    assert await ProviderLogin.all().count() == 0


@once
async def test_an_address_that_was_changed_leads_nowhere_and_is_as_good_as_before(
    server: Postern, service: Service
) -> None:
    login, verifier = await server.logged_in(), new_verifier()
    url = await started(server, login, verifier)
    changes = {"/google?": "/company?", challenge_of(verifier): "x" * 43, "welcome%3Ffrom%3Dpostern": "other"}
    for right, wrong in changes.items():
        assert right in url
        answer = await server.http.get(url.replace(right, wrong))
        assert (answer.status_code, answer.headers.get("location")) == (400, None)
    assert (await server.http.get(f"{url}x")).status_code == 400
    assert [row.step for row in await ProviderLogin.all()] == [Step.TO_LEAVE]
    assert await finished(server, login, await followed(server, service, url), verifier) == "IdentityLinked"


@once
async def test_who_starts_again_and_again_or_tries_codes_is_told_to_wait(
    known: MakeSettings, database_url: str, service: Service, post: PostOffice
) -> None:
    limits = {"leaving_limit_per_address": "2 per minute", "login_limit_per_address": "3 per minute"}
    async with running(known(database_url=database_url, **limits), post) as server:
        login, verifier = await server.logged_in(), new_verifier()
        code = await code_to_link(server, service, login, verifier)
        asked = {"provider": "google", "returnTo": RETURN_TO, "codeChallenge": challenge_of(verifier)}
        result = await server.do(START_LINKING, login["accessToken"], **asked)
        answers = [await finished(server, login, tried, verifier) for tried in ("x", "y", code)]
        assert await Identity.all().count() == 0
    assert result["__typename"] == "TooManyAttempts"
    assert answers == ["InvalidToken", "InvalidToken", "TooManyAttempts"]


@once
async def test_in_cookie_mode_the_page_that_comes_back_is_the_same_session(server: Postern, service: Service) -> None:
    await server.confirm(await server.registered())
    mode, verifier = {"X-Token-Transport": "cookie", "Origin": "https://postern.test"}, new_verifier()
    given = {"input": {"email": EMAIL, "password": PASSWORD}}
    login = (await server.ask(LOGIN, given, **mode))["data"]["login"]
    code = await code_to_link(server, service, login, verifier)
    refreshed = (await server.ask(REFRESH, {}, **mode))["data"]["refresh"]
    assert refreshed["refreshToken"] is None
    assert await finished(server, refreshed, code, verifier) == "IdentityLinked"


async def test_linking_voids_a_change_of_address_that_waits_and_no_link_to_a_new_password(
    server: Postern, service: Service
) -> None:
    login = await server.logged_in()
    bob = await server.logged_in(BOB)
    change, _ = await requested_change(server, login)
    bobs_change, _ = await requested_change(server, bob, "bob@new.example.com")
    reset = await requested_reset(server)
    assert await linked(server, service, login) == "IdentityLinked"
    assert (await server.do(CONFIRM_CHANGE, token=change))["__typename"] == "InvalidToken"
    assert (await server.do(CONFIRM_CHANGE, token=bobs_change))["__typename"] == "EmailChanged"
    assert (await server.do(RESET, token=reset, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
    assert await Identity.all().count() == 1, "Google vouches for this very address"


@once
async def test_unlinking_voids_a_change_of_address_that_waits(server: Postern, service: Service) -> None:
    login = await server.joined()
    await linked(server, service, login)
    await server.post.letters_to(EMAIL, 2)
    change, _ = await requested_change(server, login)
    await server.do(UNLINK, login["accessToken"], identityId=str((await Identity.get()).id))
    assert (await server.do(CONFIRM_CHANGE, token=change))["__typename"] == "InvalidToken"


async def test_a_reset_leaves_nothing_that_has_not_vouched_for_this_very_address(
    server: Postern, service: Service
) -> None:
    """Trojan identifier (arXiv 2205.10174): whoever had the account before has linked an account of theirs."""
    bob = await server.joined(BOB)
    service.person |= {"sub": "bob's", "email": BOB}
    assert await linked(server, service, bob) == "IdentityLinked"
    login = await server.joined()
    for sub, email in (("hers", EMAIL), ("the thief's", "thief@example.com"), ("of later", NEW_EMAIL)):
        service.person |= {"sub": sub, "email": email}
        assert await linked(server, service, login) == "IdentityLinked"
    await server.post.letters_to(EMAIL, 4)
    reset = await requested_reset(server)
    assert (await server.do(RESET, token=reset, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
    assert sorted([one.subject for one in await Identity.all()]) == ["bob's", "hers"]


@once
async def test_what_a_thief_has_linked_opens_the_account_and_proves_no_more(server: Postern, service: Service) -> None:
    """A token that was copied within ten minutes of a login is enough to link by: not to stay for good by."""
    login = await server.logged_in()
    service.claims = {"auth_time": int(time.time())}
    for sub, email, may in (("the thief's", "thief@example.com", "StepUpNeeded"), ("hers", EMAIL, "TotpStarted")):
        service.person |= {"sub": sub, "email": email}
        login = await server.login()
        assert await linked(server, service, login) == "IdentityLinked"
        by_service = await logged_in_by(server, service)
        assert by_service["user"]["id"] == login["user"]["id"]
        assert (await server.do(START, by_service["accessToken"]))["__typename"] == may


@once
async def test_what_vouched_for_the_address_of_before_goes_with_a_reset_from_the_new_one(
    server: Postern, service: Service
) -> None:
    login = await server.joined()
    assert await linked(server, service, login) == "IdentityLinked"
    await server.post.letters_to(EMAIL, 2)
    change, _ = await requested_change(server, login)
    await server.do(CONFIRM_CHANGE, token=change)
    assert await Identity.all().count() == 1, "a change of address takes nothing away"
    token = await requested_reset(server, NEW_EMAIL)
    assert (await server.do(RESET, token=token, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
    assert await Identity.all().count() == 0
