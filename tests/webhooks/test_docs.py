"""docs/webhooks.md: its receivers, its operations and its table, as they stand there"""

import asyncio
import base64
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from events import Event, subscribers
from security import webhook_signatures
from settings import ROOT
from tests.docs.blocks import block
from tests.docs.reader import PATH
from tests.graphql_over_http.node import needs_node
from tests.support.admins import Admin, admin
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.ports import free_port
from tests.support.postern import running
from tests.support.postoffice import PATIENCE_SECONDS, PostOffice
from tests.support.webhooks import hook

pytestmark = pytest.mark.anyio
DOCUMENT = "docs/webhooks.md"
RECEIVERS = {"python": ("receiver.py", "python receiver.py", "#"), "node": ("receiver.js", "node receiver.js", "//")}
ROWS = re.compile(r"^\| `((?:user|session)\.\w+)` \| .+ \| (.+) \|$", re.MULTILINE)


def test_its_table_has_every_event_with_its_ids() -> None:
    rows = dict(ROWS.findall((ROOT / DOCUMENT).read_text()))
    ids: dict[str, set[str]] = {name: set() for name in subscribers.names()}
    for kind in Event.__subclasses__():
        if kind.webhook:
            named = {field.name for field in fields(kind) if field.type in (UUID, UUID | None)}
            ids[kind.webhook] |= {subscribers.in_camel_case(name) for name in named}
    assert {name: set(re.findall(r"`(\w+)`", told)) for name, told in rows.items()} == ids
    assert list(rows) == sorted(ids)


@once
async def test_its_operations_work_as_they_stand(ada: Admin) -> None:
    for first_line in ("mutation CreateWebhook {", "query Webhooks {"):
        answer = await ada.ask(block(DOCUMENT, first_line).text)
        assert '"message"' not in json.dumps(answer), answer  # neither an error nor a problem
    assert len(answer["data"]["webhooks"]) == 1


def test_its_body_is_as_those_that_are_sent() -> None:
    shown = json.loads(block(DOCUMENT, "{").text)
    at = datetime.fromisoformat(shown["timestamp"])
    assert json.loads(subscribers.body_of(shown["type"], at, shown["data"])) == shown


@asynccontextmanager
async def receiving(folder: Path, program: str, secret: str, port: int) -> AsyncIterator[asyncio.StreamReader]:
    """What a receiver of the document prints."""
    file, command, comment = RECEIVERS[program]
    (folder / "package.json").write_text('{ "type": "module" }')
    (folder / file).write_text(block(DOCUMENT, f"{comment} {file}").text)
    environment = {"PATH": PATH, "WEBHOOK_SECRET": secret, "RECEIVER_PORT": str(port)}
    words = block(DOCUMENT, command).text.split()
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *words, cwd=folder, env=environment, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), httpx2.AsyncClient() as client:
            while True:
                try:
                    await client.post(f"http://127.0.0.1:{port}/", content=b"{}")
                    break
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)
        assert child.stdout
        yield child.stdout
    finally:
        child.kill()
        await child.communicate()


@once
@needs_node
@pytest.mark.parametrize("program", RECEIVERS)
async def test_its_receivers_take_what_is_signed_and_nothing_else(
    make_settings: MakeSettings, database_url: str, post: PostOffice, tmp_path: Path, program: str
) -> None:
    given = make_settings(environment="development", database_url=database_url, smtp_url=post.url)
    port = free_port()
    url = f"http://127.0.0.1:{port}/hooks"
    async with running(given, post) as server:
        told = await hook(await admin(server), "user.registered", url=url)
        async with receiving(tmp_path, program, told.secret, port) as printed:
            await server.register()
            sent = await told.tried("user.registered", delivered_at__isnull=False)
            assert sent.last_status == 204
            line = (await printed.readline()).decode()
            assert line.startswith("user.registered")
            assert re.search(r"userId\W+[0-9a-f-]{36}", line)
            await refuses(url, bad_signatures(told.secret, str(sent.id)))


def bad_signatures(secret: str, message_id: str) -> dict[str, dict[str, str]]:
    """Signatures that are not good, and why."""
    key, now = base64.b64decode(secret.removeprefix("whsec_")), int(time.time())
    good = webhook_signatures.headers([key], message_id, now, b"{}")
    return {
        "of another body": webhook_signatures.headers([key], message_id, now, b"[]"),
        "of another key": webhook_signatures.headers([b"x" * 32], message_id, now, b"{}"),
        "of another id": good | {"webhook-id": "other"},
        "old": webhook_signatures.headers([key], message_id, now - 301, b"{}"),
        "without": {name: value for name, value in good.items() if name != "webhook-signature"},
        "no time": good | {"webhook-timestamp": "soon"},
        "early": webhook_signatures.headers([key], message_id, now + 400, b"{}"),
    }


async def refuses(url: str, signatures: dict[str, dict[str, str]]) -> None:
    async with httpx2.AsyncClient() as client:
        for name, headers in signatures.items():
            answer = await client.post(url, content=b"{}", headers=headers)
            assert answer.status_code == 401, name
