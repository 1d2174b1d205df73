"""Nobody learns who has an account: the suite against ourselves, and against servers that tell"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
import pytest

from errors import InputError, InputErrorCode, InvalidInput, TooManyAttempts
from models import User
from resolvers import registration
from resolvers.caller import Caller
from resolvers.services import Services
from tests.enumeration.__main__ import main
from tests.enumeration.timing import compare
from tests.support.factors import set_up
from tests.support.given import MakeSettings
from tests.support.listening import listening
from tests.support.passkeys import with_passkey
from tests.support.postern import EMAIL, HOOKS, PASSWORD, Postern
from tests.support.postoffice import PostOffice
from tests.support.process import run

pytestmark = pytest.mark.anyio

QUICK = ("--tries", "2", "--answers-only")  # beside two that warm up, whose answers count too
BEN, EVE = "ben@example.com", "eve@example.com"
Enumerate = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def enumerate_accounts(tmp_path: Path) -> Enumerate:
    """What gives back the exit code and the report of `python -m tests.enumeration`."""

    async def enumerated(*arguments: str) -> tuple[int, str]:
        ended = await run(tmp_path, "-m", "tests.enumeration", *arguments)
        return ended.code, ended.output

    return enumerated


@pytest.mark.parametrize("dialect", ["postgres"])  # with a mailbox it asks on SQLite
async def test_no_answer_tells_who_has_an_account(
    make_settings: MakeSettings, post: PostOffice, database_url: str, enumerate_accounts: Enumerate
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, login_codes=True)
    async with (
        listening(settings) as address,
        httpx2.AsyncClient(base_url=address, event_hooks=HOOKS, verify=False) as http,
    ):
        server = Postern(settings, http, post)
        await server.confirm(await server.registered(EMAIL))
        await server.registered(BEN)
        protected = await server.joined(EVE)
        await set_up(server, protected)
        await with_passkey(server, protected, asSecondFactor=True)
        known = ("--confirmed", EMAIL, "--unconfirmed", BEN, "--protected", EVE, "--password", PASSWORD)
        code, report = await enumerate_accounts(address, *known, *QUICK)
    assert code == 0, report
    assert report.count(": alike") == 10
    assert report.count("protected ") == 10
    assert "No answer tells who has an account" in report


async def test_with_a_development_mailbox_it_makes_its_accounts_itself(
    make_settings: MakeSettings, enumerate_accounts: Enumerate
) -> None:
    async with listening(make_settings(login_codes=True)) as address:
        code, report = await enumerate_accounts(address, *QUICK)
    assert code == 0, report


async def test_without_mailbox_and_accounts_it_says_what_it_needs(
    make_settings: MakeSettings, post: PostOffice, enumerate_accounts: Enumerate
) -> None:
    async with listening(make_settings(smtp_url=post.url)) as address:
        code, report = await enumerate_accounts(address, *QUICK)
        wrong = ("--confirmed", EMAIL, "--unconfirmed", BEN, "--password", PASSWORD)
        assert (await enumerate_accounts(address, *wrong, *QUICK))[0] == 2
    assert code == 2
    assert "--confirmed, --unconfirmed and --password" in report


async def _telling(caller: Caller, _: Services, email: str) -> str:
    if not await User.filter(canonical_email=email).exists():
        raise InvalidInput([InputError("email", InputErrorCode.INVALID, ("input.email.invalid",), {})])
    return email


async def _throttled(caller: Caller, _: Services, email: str) -> str:
    raise TooManyAttempts(60)


async def _slow(caller: Caller, _: Services, email: str) -> str:
    await asyncio.sleep(0.02 * await User.filter(canonical_email=email).count())
    return email


@pytest.mark.parametrize(
    "case",
    [
        (_telling, QUICK, (1, "resendConfirmation: DIFFERENT")),
        (_slow, ("--tries", "15", "--threshold", "10"), (1, "resendConfirmation: DIFFERENT")),
        (_throttled, QUICK, (2, "throttled: lower --tries")),
    ],
    ids=["telling", "slow", "throttled"],
)
async def test_a_server_that_tells_is_found_out(
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
    enumerate_accounts: Enumerate,
    case: tuple[object, tuple[str, ...], tuple[int, str]],
) -> None:
    resend, tries, expected = case
    monkeypatch.setattr(registration, "resend", resend)
    async with listening(make_settings()) as address:
        code, report = await enumerate_accounts(address, *tries)
    assert code == expected[0], report
    assert expected[1] in report


def test_times_are_compared_beyond_chance_and_threshold() -> None:
    dealer = random.Random(7)  # noqa: S311

    def times(usual: float) -> list[float]:
        return [usual + dealer.expovariate(1.0) for _ in range(200)]

    same = compare({"unknown": times(20), "confirmed": times(20)}, seed=7)
    assert not same.differs(threshold=0)
    apart = compare({"unknown": times(20), "confirmed": times(21)}, seed=7)
    assert apart.differs(threshold=0.5)
    assert not apart.differs(threshold=2), "beyond chance, but too little to matter"


@pytest.mark.parametrize("arguments", [["--confirmed", EMAIL], ["--password", PASSWORD]])
def test_the_accounts_belong_together(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
