"""requestLoginCode and loginWithCode: a code by mail, and the ticket of who asked for it, open a session"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from tortoise.expressions import F

from models import Device, Letter, LoginTicket, Registration, Session, User
from resolvers import housekeeping, sessions, tickets
from tests.support.account import CHANGE_PASSWORD, EXPORT, NEW_PASSWORD, RESET, requested_reset, works
from tests.support.codes import REQUEST_CODE, WITH_CODE, by_mail, requested, with_code, wrong
from tests.support.databases import once
from tests.support.factors import complete, set_up
from tests.support.given import MakeSettings
from tests.support.outbox import done_with
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice, body, token_in
from tests.support.walks import each

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
FIFTY = 50


@pytest.fixture
async def server(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Postern]:
    """A server that sends codes, with Ann's confirmed account and Ben's."""
    settings = make_settings(database_url=database_url, smtp_url=post.url, login_codes=True)
    async with running(settings, post) as one:
        for email in (EMAIL, BEN):
            await one.confirm(await one.registered(email))
        yield one


def kinds(answers: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(answer["__typename"] for answer in answers))


async def everything() -> list[Any]:
    return [await table.all().order_by("id").values() for table in (User, Session, Device)]


@once
async def test_a_code_with_its_ticket_opens_one_session(server: Postern) -> None:
    sent = await server.do(REQUEST_CODE, email=" ANN@example.com")
    assert (sent["__typename"], sent["email"]) == ("LoginCodeSent", EMAIL)
    left = datetime.fromisoformat(sent["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert await Session.all().count() == 0
    ticket, code = await requested(server)
    assert ticket not in (kept := str(await LoginTicket.all().values()))
    assert code.replace(" ", "") not in kept

    login = await with_code(server, ticket, f" {code.replace(' ', '  ')}\n")

    assert login["user"]["email"] == EMAIL
    assert login["deviceToken"]
    assert await works(server, login)
    claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
    assert claims["amr"] == ["email"]
    session = await Session.get()
    assert (str(session.id), session.methods) == (claims["sid"], ["mailed_code"])
    assert sessions.SECOND.isdisjoint(session.methods)
    assert (await with_code(server, ticket, code))["__typename"] == "InvalidProof", "it is good once"
    assert await Session.all().count() == 1


@once
async def test_a_code_is_worth_nothing_with_another_ticket(server: Postern) -> None:
    first, second = await requested(server), await requested(server)
    bens = await requested(server, BEN)
    before = await everything()
    for ticket, code in ((first[0], second[1]), (second[0], first[1]), (bens[0], first[1]), (first[0], bens[1])):
        assert (await with_code(server, ticket, code))["__typename"] == "InvalidProof"
    assert (await with_code(server, None, first[1]))["__typename"] == "InvalidProof"
    assert await everything() == before
    assert (await with_code(server, *second))["user"]["email"] == EMAIL
    assert (await with_code(server, *bens))["user"]["email"] == BEN


async def test_of_fifty_wrong_codes_five_are_evaluated_and_the_ticket_is_used_up(
    server: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, code = await requested(server)
    other, before, evaluated = await requested(server), await everything(), list[str]()
    fits = type(server_codes(server)).fits

    def counted(codes: Any, ticket_id: Any, typed: str, digest: str) -> Any:
        evaluated.append(typed)
        return fits(codes, ticket_id, typed, digest)

    monkeypatch.setattr(type(server_codes(server)), "fits", counted)
    answers = await asyncio.gather(*(with_code(server, ticket, wrong(code)) for _ in range(FIFTY)))
    assert kinds(list(answers)) == {"InvalidProof": FIFTY}
    assert len(evaluated) == tickets.MOST_ATTEMPTS
    assert (await with_code(server, ticket, code))["__typename"] == "InvalidProof"
    assert len(evaluated) == tickets.MOST_ATTEMPTS
    assert await everything() == before
    assert (await with_code(server, *other))["__typename"] == "LoggedIn"


def server_codes(server: Postern) -> Any:
    return server.http._transport.app.state.services.mailed_codes  # type: ignore[attr-defined]


async def test_of_fifty_right_codes_at_once_one_opens_a_session(server: Postern) -> None:
    given = await requested(server)
    answers = await asyncio.gather(*(with_code(server, *given) for _ in range(FIFTY)))
    assert kinds(list(answers)) == {"LoggedIn": 1, "InvalidProof": FIFTY - 1}
    assert await Session.all().count() == 1


async def test_after_ten_minutes_a_code_has_expired_and_a_day_later_it_is_swept(server: Postern) -> None:
    old = await requested(server)
    row = await LoginTicket.get()
    fresh = await requested(server)
    for hours, swept, kind in ((0, 0, "ExpiredToken"), (23, 0, "ExpiredToken"), (25, 1, "InvalidProof")):
        await LoginTicket.filter(id=row.id).update(expires_at=datetime.now(UTC) - timedelta(hours=hours))
        assert (await housekeeping.sweep(server.settings)).tickets == swept
        assert (await with_code(server, *old))["__typename"] == kind
    assert await Session.all().count() == 0
    assert (await with_code(server, *fresh))["__typename"] == "LoggedIn"


async def change_password(server: Postern) -> None:
    change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    await server.do(CHANGE_PASSWORD, (await server.login())["accessToken"], **change)


async def reset_password(server: Postern) -> None:
    await server.do(RESET, token=await requested_reset(server), newPassword=NEW_PASSWORD)


async def change_factors(server: Postern) -> None:
    await set_up(server, await server.login())


@once
@pytest.mark.parametrize("change", [change_password, reset_password, change_factors])
async def test_a_code_is_void_once_password_or_factors_have_changed(server: Postern, change: Any) -> None:
    bens, anns = await requested(server, BEN), await requested(server)
    await change(server)
    before = await everything()
    assert (await with_code(server, *anns))["__typename"] == "InvalidProof"
    assert await everything() == before
    assert (await with_code(server, *bens))["__typename"] == "LoggedIn"


async def test_what_changes_while_a_code_is_checked_counts(server: Postern, monkeypatch: pytest.MonkeyPatch) -> None:
    given, count = await requested(server), tickets.count

    async def and_then(known: LoginTicket) -> None:
        await count(known)
        await User.all().update(credentials_version=F("credentials_version") + 1)

    monkeypatch.setattr(tickets, "count", and_then)
    assert (await with_code(server, *given))["__typename"] == "InvalidProof"
    assert await Session.all().count() == 0


@once
async def test_an_account_with_a_second_factor_is_asked_for_it_and_the_code_is_used_up(server: Postern) -> None:
    app = await set_up(server, await server.login())
    await done_with("totp_confirmed")
    ticket, code = await requested(server)
    before = await Session.all().count()
    needed = await with_code(server, ticket, code)
    assert (needed["__typename"], needed["methods"]) == ("SecondFactorNeeded", ["TOTP", "RECOVERY_CODE"])
    assert await Session.all().count() == before
    assert (await with_code(server, ticket, code))["__typename"] == "InvalidProof"
    assert (await with_code(server, needed["ticket"], code))["__typename"] == "InvalidProof"
    assert (await complete(server, ticket, totpCode=app.code()))["__typename"] == "InvalidToken"
    login = await complete(server, needed["ticket"], totpCode=await app.fresh_code(), remember=True)
    claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
    assert claims["amr"] == ["email", "otp", "mfa"]
    known = await by_mail(server, deviceToken=login["deviceToken"])
    assert (known["__typename"], known["deviceToken"]) == ("LoggedIn", None), "a remembered device spares it"


async def test_an_address_without_an_account_gets_the_same_answer_and_no_letter(server: Postern) -> None:
    answers = []
    for email in (EMAIL, "no@example.com"):
        sent = await server.do(REQUEST_CODE, email=email)
        answers.append((sent["__typename"], sent["email"], len(sent["ticket"])))
        assert (await with_code(server, sent["ticket"], "12345678"))["__typename"] == "InvalidProof"
    assert [(kind, length) for kind, _, length in answers] == [("LoginCodeSent", 43)] * 2
    await done_with("request_login_code")
    assert not [letter for letter in server.post.letters if letter["To"] == "no@example.com"]
    known, unknown = await LoginTicket.all().order_by("id")
    assert (known.user_id is None, unknown.user_id) == (False, None)
    assert "no@example.com" not in str(await LoginTicket.all().values())


@once
async def test_a_code_opens_no_registration_that_nobody_has_confirmed(server: Postern) -> None:
    carol = "carol@example.com"
    await server.registered(carol)
    sent = await server.do(REQUEST_CODE, email=carol)
    again = (await server.post.letters_to(carol, 2))[1]
    assert "confirm-email" not in body(again), "a stranger may have registered the address"
    assert "login-code" not in body(again)
    for code in ("00000000", "12345678"):
        assert (await with_code(server, sent["ticket"], code))["__typename"] == "InvalidProof"
    user = await User.get(canonical_email=carol)
    assert user.email_confirmed_at is None
    assert await Registration.filter(user=user, confirmed_at=None).exists()
    assert not await Session.filter(user=user).exists()
    await server.do(RESET, token=token_in(again), newPassword=NEW_PASSWORD)
    logins = [(await server.login(carol, password))["__typename"] for password in (PASSWORD, NEW_PASSWORD)]
    assert logins == ["InvalidCredentials", "LoggedIn"]


@once
async def test_a_code_opens_no_account_that_is_disabled_and_only_the_right_one_says_so(server: Postern) -> None:
    ticket, code = await requested(server)
    before = await Session.all().count()
    await User.all().update(disabled_at=datetime.now(UTC))
    assert (await with_code(server, ticket, wrong(code)))["__typename"] == "InvalidProof"
    assert (await with_code(server, ticket, code))["__typename"] == "AccountDisabled"
    assert await Session.all().count() == before


@once
async def test_a_ticket_whose_time_is_over_does_not_tell_what_its_account_has_done(server: Postern) -> None:
    ticket, code = await requested(server)
    await server.do(RESET, token=await requested_reset(server), newPassword=NEW_PASSWORD)
    nobodys = await server.do(REQUEST_CODE, email="nobody@example.com")
    await LoginTicket.all().update(expires_at=datetime.now(UTC))
    for sent in (ticket, nobodys["ticket"]):
        assert (await with_code(server, sent, code))["__typename"] == "ExpiredToken"


@once
async def test_the_code_of_an_account_that_is_gone_opens_nothing(server: Postern) -> None:
    given = await requested(server)
    await User.filter(canonical_email=EMAIL).delete()
    assert not await LoginTicket.all().exists()
    assert (await with_code(server, *given))["__typename"] == "InvalidProof"
    assert await User.all().count() == 1


async def test_a_letter_that_is_late_is_not_sent(server: Postern, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "LIFETIME", timedelta(0))
    sent = await server.do(REQUEST_CODE, email=EMAIL)
    await done_with("request_login_code")
    assert not await Letter.filter(kind="request_login_code").exists(), "it was not delivered"
    assert len(await server.post.letters_to(EMAIL)) == 1, "but the one about the registration"
    assert (await with_code(server, sent["ticket"], "12345678"))["__typename"] == "ExpiredToken"


@once
async def test_the_letter_speaks_the_owners_language_and_tells_who_asks(server: Postern) -> None:
    await User.filter(canonical_email=EMAIL).update(locale="de", name="Ann")
    client = server.elsewhere(
        **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"}
    )
    await client.do(REQUEST_CODE, email=EMAIL)
    letter = (await server.post.letters_to(EMAIL, 2))[1]
    assert letter["Subject"] == "Ihr Code zum Anmelden bei Postern"
    assert "Gerät: Firefox, Linux" in body(letter)
    assert "/login-code?code=" in body(letter)


@once
async def test_where_codes_are_switched_off_nobody_gets_one(postern: Postern) -> None:
    await postern.confirm(await postern.registered())
    for query, inputs in ((REQUEST_CODE, {"email": EMAIL}), (WITH_CODE, {"ticket": "x", "code": "12345678"})):
        body = await postern.ask(query, {"input": inputs})
        assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]
        assert "LOGIN_CODES" in body["errors"][0]["message"]
    assert not await LoginTicket.all().exists()
    assert (await postern.http.get("/login-code?code=12345678")).status_code == 404


@once
async def test_what_is_no_address_is_refused_by_name(server: Postern) -> None:
    refused = await server.do(REQUEST_CODE, email="ann")
    assert refused["errors"] == [{"field": "email"}]
    assert not await LoginTicket.all().exists()


NO_CODES = ["", "1234567", "123456789", "\u0661" * 8, "\uff11" * 8, "\ud800", "1234567\x00", "0" * 90_000, "-1234567"]


@once
async def test_what_is_no_code_or_no_ticket_is_wrong_and_no_crash(server: Postern) -> None:
    async def is_wrong(code: str) -> None:
        (ticket, right), before = await requested(server), await Session.all().count()
        assert (await with_code(server, ticket, code))["__typename"] == "InvalidProof"
        assert (await with_code(server, code, right))["__typename"] == "InvalidProof"
        assert await Session.all().count() == before
        assert (await with_code(server, ticket, right))["__typename"] == "LoggedIn"

    await each(NO_CODES, is_wrong)
    assert await Session.all().count() == len(NO_CODES)


@once
async def test_a_code_of_before_a_change_of_the_secret_key_is_good(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url, "login_codes": True}
    old, new = "o" * 32, "n" * 32
    async with running(make_settings(**usual, secret_key=old), post) as server:
        await server.confirm(await server.registered())
        given = await requested(server)
    async with running(make_settings(**usual, secret_key=f"{new},{old}"), post) as server:
        assert (await with_code(server, given[0], wrong(given[1])))["__typename"] == "InvalidProof"
        assert (await with_code(server, *given))["__typename"] == "LoggedIn"


async def test_the_export_has_the_tickets_of_a_persons_letters(server: Postern) -> None:
    await requested(server, BEN)
    login = await by_mail(server)
    await requested(server)
    exported = (await server.ask(EXPORT, token=login["accessToken"]))["data"]["me"]["exportMyData"]
    assert [ticket["kind"] for ticket in exported["login_tickets"]] == ["mailed_code"]
    assert "code_digest" not in str(exported)
