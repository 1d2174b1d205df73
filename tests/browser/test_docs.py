"""docs/sessions.md: its scripts for browsers, as they stand there, on a page of a frontend"""

import pytest

from tests.browser.frontend import frontend
from tests.browser.mailbox import newest_link
from tests.browser.visitors import Serve, Visit
from tests.docs.blocks import block
from tests.docs.reader import PRINTED, SERVER

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]
DOCUMENT = "docs/sessions.md"
MODULE = block(DOCUMENT, "// session.js")
USE = block(DOCUMENT, 'import { login, logout, resume } from "./session.js";')


async def test_a_session_in_a_cookie_is_resumed_until_it_is_closed(serve: Serve, visit: Visit) -> None:
    scripts: dict[str, str] = {}
    async with frontend(scripts) as origin, serve(cors_origins=origin) as site:
        scripts["/session.js"] = MODULE.text.replace(SERVER, site.settings.public_url)
        scripts["/use.js"] = USE.text
        visitor = await visit(site)
        await site.register("ben@example.com")
        page = await visitor.open("/mailbox")
        await site.confirm((await newest_link(page)).rpartition("=")[2])

        await page.goto(origin)
        printed: list[str] = []
        page.on("console", lambda message: printed.append(message.text))
        await page.evaluate('import("/use.js")')
        assert printed == PRINTED.findall(USE.text) == ["true", "false"]
        visitor.strays.clear()
