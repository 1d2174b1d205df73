"""Ceremonies: a token for one purpose, one session, ten minutes and one answer"""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import uuid4

import jwt
import pytest

from database import transaction
from errors import ExpiredToken, InvalidToken
from models import Spent
from resolvers import ceremonies, housekeeping
from security.ceremonies import Ceremonies, Ceremony, Purpose
from security.keys import SecretKey
from tests.processes.test_secret_rotation import NEW, OLD
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postern import Postern

pytestmark = pytest.mark.anyio

OURS, THEIRS = uuid4(), uuid4()
PURPOSE = Purpose.PASSKEY_STEP_UP
FIFTY = 50


@pytest.fixture
def begun(make_settings: MakeSettings) -> Ceremonies:
    settings = make_settings()
    return Ceremonies(settings, SecretKey(settings))


def test_a_ceremony_has_64_random_bytes_and_ten_minutes(begun: Ceremonies) -> None:
    one, other = begun.begin(PURPOSE, OURS), begun.begin(PURPOSE, OURS)
    assert (len(one.challenge), one.challenge != other.challenge) == (64, True)
    assert timedelta(minutes=9) < one.expires_at - datetime.now(UTC) <= timedelta(minutes=10)
    assert begun.find(PURPOSE, one.token, OURS) == one


def test_another_session_cannot_finish_it(begun: Ceremonies) -> None:
    bound, free = begun.begin(PURPOSE, OURS), begun.begin(PURPOSE)
    assert begun.find(PURPOSE, free.token) == free
    for token, session_id in ((bound.token, THEIRS), (bound.token, None), (free.token, OURS)):
        with pytest.raises(InvalidToken):
            begun.find(PURPOSE, token, session_id)


def test_another_key_has_not_made_it(begun: Ceremonies, make_settings: MakeSettings) -> None:
    foreign = make_settings(secret_key="another secret of 32 characters!!!")
    with pytest.raises(InvalidToken):
        begun.find(PURPOSE, Ceremonies(foreign, SecretKey(foreign)).begin(PURPOSE).token)


def test_while_the_key_is_changed_both_are_good(make_settings: MakeSettings) -> None:
    def by(keys: str) -> Ceremonies:
        settings = make_settings(secret_key=keys)
        return Ceremonies(settings, SecretKey(settings))

    ceremony = by(OLD).begin(PURPOSE)
    assert by(f"{NEW},{OLD}").find(PURPOSE, ceremony.token) == ceremony
    with pytest.raises(InvalidToken):
        by(NEW).find(PURPOSE, ceremony.token)


def test_another_purpose_cannot_finish_it(begun: Ceremonies) -> None:
    for made, wanted in permutations(Purpose, 2):
        with pytest.raises(InvalidToken):
            begun.find(wanted, begun.begin(made).token)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\ud800", "." * 9_000])
def test_what_is_no_token_is_refused(begun: Ceremonies, token: str) -> None:
    with pytest.raises(InvalidToken):
        begun.find(PURPOSE, token)


def test_after_its_time_it_has_expired(begun: Ceremonies, make_settings: MakeSettings) -> None:
    good = begun.begin(PURPOSE)
    claims = jwt.decode(good.token, options={"verify_signature": False})
    late = claims | {"exp": int(datetime.now(UTC).timestamp()) - 60, "iat": claims["iat"] - 660}
    (key,) = SecretKey(make_settings()).derive_all("ceremonies")
    token = jwt.encode(late, key, algorithm="HS256", headers={"typ": jwt.get_unverified_header(good.token)["typ"]})
    with pytest.raises(ExpiredToken):
        begun.find(PURPOSE, token)


async def used(ceremony: Ceremony) -> bool:
    try:
        async with transaction():
            await ceremonies.use(ceremony)
    except InvalidToken:
        return False
    return True


async def test_many_uses_at_once_are_one(postern: Postern, begun: Ceremonies) -> None:
    ceremony, other = (begun.begin(PURPOSE) for _ in range(2))
    assert sum(await asyncio.gather(*(used(ceremony) for _ in range(FIFTY)))) == 1
    assert await used(other)
    assert await Spent.all().count() == 2


@once
async def test_a_use_that_came_to_nothing_was_none(postern: Postern, begun: Ceremonies) -> None:
    ceremony = begun.begin(PURPOSE)

    async def then_fail() -> None:
        async with transaction():
            await ceremonies.use(ceremony)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await then_fail()
    assert await used(ceremony)


async def test_what_is_spent_is_swept_once_nobody_takes_it_any_more(postern: Postern, begun: Ceremonies) -> None:
    over, young = (begun.begin(PURPOSE) for _ in range(2))
    assert [await used(over), await used(young)] == [True, True]
    assert young.forgotten_at > young.expires_at, "clocks differ"
    first = await Spent.all().order_by("digest").first()
    assert first
    await Spent.filter(digest=first.digest).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await housekeeping.sweep(postern.settings)).spent == 1
    assert not await Spent.filter(digest=first.digest).exists()
    assert await Spent.all().count() == 1
