"""SECRET_KEY is changed, step by step as docs/production.md says, and nobody notices"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import database
from models import Letter, User, Webhook
from resolvers.webhook_delivery import belongs_to, keys_of
from security.keys import SecretKey
from security.sealing import Seal
from settings import Settings
from tests.support.account import REFRESH
from tests.support.databases import once
from tests.support.factors import App, complete, set_up, ticket
from tests.support.given import MakeSettings
from tests.support.operators import POSTERN
from tests.support.outbox import only_letter
from tests.support.postern import EMAIL, Postern, running
from tests.support.postoffice import PostOffice, post_office
from tests.support.process import PATIENCE_SECONDS, Process, run, serving

pytestmark = pytest.mark.anyio

OLD, NEW = "the old secret of thirty-two bytes", "the new secret of thirty-two bytes"
PAUSE_SECONDS = 0.05  # between two turns of one of them: while a node starts, it needs the processors
STEPS = [OLD, f"{OLD},{NEW}", f"{NEW},{OLD}", NEW]
DAY, WEBHOOK_SECRETS = timedelta(days=1), [b"new" * 10, b"old" * 10]
RESEAL = (*POSTERN, "reseal")


@dataclass
class Load:
    """People who refresh at both nodes at once, who register, and who log in by two factors at one node each.

    `refreshed`, `registered` and `proven` count them.
    """

    nodes: list[Process]
    refreshed: int = 0
    proven: int = 0
    registered: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    async def refresh(self, token: str) -> None:
        while True:
            racers = [node.do(REFRESH, refreshToken=token) for node in self.nodes]
            answers = await asyncio.gather(*racers)
            assert {answer["__typename"] for answer in answers} == {"Refreshed"}, answers
            token = answers[self.refreshed % 2]["refreshToken"]
            self.refreshed += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def register(self) -> None:
        while True:
            email = f"guest-{next(self.numbers)}@example.com"
            answer = await self.nodes[len(self.registered) % 2].register(email)
            assert answer["__typename"] == "Registered"
            self.registered.append(email)
            await asyncio.sleep(PAUSE_SECONDS)

    async def prove(self, app: App) -> None:
        while True:
            given = await ticket(self.nodes[self.proven % 2])
            proof = {"totpCode": await app.fresh_code()}
            answer = await complete(self.nodes[(self.proven + 1) % 2], given, **proof)
            assert answer["__typename"] == "LoggedIn"
            self.proven += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def goes_on(self, tasks: list[asyncio.Task[None]]) -> None:
        """Come back once everybody has gone on for a while with the nodes that there are."""
        refreshed, registered, proven = self.refreshed + 12, len(self.registered) + 2, self.proven + 2
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.refreshed < refreshed or len(self.registered) < registered or self.proven < proven:
                assert not any(task.done() for task in tasks), [task.exception() for task in tasks if task.done()]
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("dialect", ["postgres"])  # where two nodes really write at once
async def test_under_load_no_refresh_is_refused_no_letter_lost_and_no_second_factor_locked_out(
    tmp_path: Path, post: PostOffice, database_url: str
) -> None:
    shared = {"DATABASE_URL": database_url, "PUBLIC_URL": "http://postern.test"}
    async with AsyncExitStack() as stack:

        async def node(keys: str) -> Process:
            return await stack.enter_async_context(serving(tmp_path, post, **shared, SECRET_KEY=keys))

        await stack.enter_async_context(database.opened(database_url, 1))
        load = Load([await node(OLD), await node(OLD)])
        logins = [await load.nodes[0].joined(f"{name}@example.com") for name in ("ann", "ben", "eve")]
        tasks = [asyncio.create_task(load.refresh(login["refreshToken"])) for login in logins]
        app = await set_up(load.nodes[0], logins[0])
        tasks += [asyncio.create_task(load.register()), asyncio.create_task(load.prove(app))]
        await load.goes_on(tasks)
        for keys in STEPS[1:]:
            if keys == NEW:
                resealed = await run(tmp_path, *RESEAL, **shared, SECRET_KEY=STEPS[-2])
                assert "totp_secrets: 1 looked at, 1 sealed anew" in resealed.output
            for place in (0, 1):
                stopped, load.nodes[place] = load.nodes[place], await node(keys)
                await load.goes_on(tasks)  # who has asked the one before has had an answer
                stopped.child.terminate()
                assert await stopped.stopped() == 0
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for email in load.registered:
            await post.letters_to(email, 1)


def webhook_seal(settings: Settings) -> Seal:
    return Seal(SecretKey(settings).derive_all("webhooks"))


async def with_webhook(settings: Settings) -> None:
    """One whose secret was changed a moment ago, so that both are kept."""
    now = datetime.now(UTC)
    webhook = Webhook(url="https://example.com/", events=[], created_at=now, due_at=now, previous_until=now + DAY)
    webhook.sealed_secret, webhook.previous_secret = (
        webhook_seal(settings).seal(secret, *belongs_to(webhook)) for secret in WEBHOOK_SECRETS
    )
    await webhook.save(force_create=True)


@asynccontextmanager
async def sealed_by_the_old_key(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> AsyncIterator[dict[str, Any]]:
    """A letter that waits, for the mail server is away; the settings but for the key."""
    usual = {"database_url": database_url, "smtp_url": post.url}
    async with post_office() as away:
        gone = away.url
    async with running(make_settings(database_url=database_url, smtp_url=gone, secret_key=OLD), post) as server:
        await server.register()
        await only_letter(EMAIL, last_error__isnull=False)
        await Letter.all().update(due_at=None)
        await with_webhook(server.settings)
    yield usual


@once
async def test_what_an_older_key_has_sealed_is_sealed_anew_and_again_does_no_harm(
    make_settings: MakeSettings, tmp_path: Path, database_url: str, post: PostOffice
) -> None:
    async with sealed_by_the_old_key(make_settings, database_url, post) as usual:
        environment = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "SECRET_KEY": f"{NEW},{OLD}"}
        first, second = [await run(tmp_path, *RESEAL, **environment) for _ in range(2)]
        assert (first.code, second.code) == (0, 0), first.complaint
        assert "letters: 1 looked at, 1 sealed anew" in first.output
        assert "letters: 1 looked at, 0 sealed anew" in second.output
        assert first.output.count("webhooks: 1 looked at, 1 sealed anew") == 2
        alone = await run(tmp_path, *RESEAL, **environment | {"SECRET_KEY": OLD})
        assert alone.code == 1
        assert "No key of SECRET_KEY opens 3 of them" in alone.complaint
        async with running(make_settings(**usual, secret_key=NEW), post) as server:
            assert keys_of(webhook_seal(server.settings), await Webhook.get()) == WEBHOOK_SECRETS
            await Letter.all().update(due_at=(await User.get()).created_at)
            assert len(await post.letters_to(EMAIL, 1)) == 1


@once
@pytest.mark.parametrize(("keys", "opens"), [(NEW, False), (f"{NEW},{OLD}", True), (f" {NEW} , {OLD}"[1:], True)])
async def test_a_refresh_token_of_an_older_key_is_good_as_long_as_that_is_listed(
    make_settings: MakeSettings, database_url: str, post: PostOffice, keys: str, opens: bool
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url}
    async with running(make_settings(**usual, secret_key=OLD), post) as server:
        login = await server.joined()
    async with running(make_settings(**usual, secret_key=keys), post) as server:
        answer = await server.do(REFRESH, refreshToken=login["refreshToken"])
        assert answer["__typename"] == ("Refreshed" if opens else "InvalidToken")
        again = await Postern.do(server, REFRESH, refreshToken=answer.get("refreshToken", login["refreshToken"]))
        assert again["__typename"] == answer["__typename"]
