"""two servers on one database: whatever opens a session is good once, and wrong proofs are counted together"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import database
from tests.support.codes import requested, with_code, wrong
from tests.support.factors import complete, set_up, ticket
from tests.support.passkeys import LOGIN_WITH_PASSKEY, begun_login, with_passkey
from tests.support.postern import Postern
from tests.support.postoffice import PostOffice
from tests.support.process import serving

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
FIFTY = 50
Try = Callable[[Postern, int], Awaitable[dict[str, Any]]]


@pytest.mark.parametrize("dialect", ["postgres"])  # where two servers really write at once
async def test_of_fifty_uses_at_two_servers_one_succeeds_and_of_fifty_wrong_proofs_five_are_looked_at(
    tmp_path: Path, post: PostOffice, database_url: str
) -> None:
    shared = {"DATABASE_URL": database_url, "PUBLIC_URL": "http://postern.test", "LOGIN_CODES": "true"}
    async with (
        database.opened(database_url, 1),
        serving(tmp_path, post, **shared) as one,
        serving(tmp_path, post, **shared) as other,
    ):

        async def at_both(attempt: Try) -> dict[str, int]:
            answers = await asyncio.gather(*(attempt((one, other)[n % 2], n) for n in range(FIFTY)))
            return dict(Counter(answer["__typename"] for answer in answers))

        login, ben = await one.joined(), await one.logged_in(BEN)
        key = await with_passkey(one, ben)
        app = await set_up(one, login)
        tickets = await asyncio.gather(*(ticket((one, other)[n % 2]) for n in range(FIFTY)))
        code = await app.fresh_code()
        by_code = await at_both(lambda server, n: complete(server, tickets[n], totpCode=code))
        assert by_code == {"LoggedIn": 1, "InvalidProof": FIFTY - 1}

        tickets = await asyncio.gather(*(ticket((one, other)[n % 2]) for n in range(FIFTY)))
        by_recovery = await at_both(lambda server, n: complete(server, tickets[n], recoveryCode=app.recovery_codes[0]))
        assert by_recovery == {"LoggedIn": 1, "InvalidProof": FIFTY - 1}

        good, bad = await ticket(one), await ticket(one)
        by_ticket = await at_both(lambda server, n: complete(server, good, recoveryCode=app.recovery_codes[1 + n % 9]))
        assert by_ticket == {"LoggedIn": 1, "InvalidToken": FIFTY - 1}
        guessed = await at_both(lambda server, _: complete(server, bad, recoveryCode="x"))
        assert guessed == {"InvalidProof": 5, "InvalidToken": FIFTY - 5}

        started = await begun_login(one)
        answer = {"ceremony": started["ceremony"], "credential": key.get(started["options"])}
        by_passkey = await at_both(lambda server, _: server.do(LOGIN_WITH_PASSKEY, **answer))
        assert by_passkey == {"LoggedIn": 1, "InvalidToken": FIFTY - 1}

        mailed, digits = await requested(one, BEN)
        by_mail = await at_both(lambda server, _: with_code(server, mailed, digits))
        assert by_mail == {"LoggedIn": 1, "InvalidProof": FIFTY - 1}
        mailed, digits = await requested(one, BEN)
        assert await at_both(lambda server, _: with_code(server, mailed, wrong(digits))) == {"InvalidProof": FIFTY}
        assert (await with_code(other, mailed, digits))["__typename"] == "InvalidProof", "five have used it up"
