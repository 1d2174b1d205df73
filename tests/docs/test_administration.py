"""docs/administration.md: an administrator who does what stands there"""

import json

import pytest

from tests.docs.blocks import blocks
from tests.support.admins import admin
from tests.support.databases import once
from tests.support.outbox import done_with
from tests.support.postern import Postern

pytestmark = pytest.mark.anyio
OPERATIONS = [found for found in blocks("docs/administration.md") if found.language == "graphql"]


@once
async def test_every_operation_works_as_it_stands(postern: Postern) -> None:
    ada = await admin(postern)
    ann = (await postern.logged_in())["user"]["id"]
    for found in OPERATIONS:
        for kind in ("confirm_email", "account_disabled"):
            await done_with(kind)  # or its state would change
        answer = await ada.ask(found.text, **({"id": ann} if "$id" in found.text else {}))
        assert '"message"' not in json.dumps(answer), f"{found}: {answer}"  # neither an error nor a problem
