"""docs/other-services.md: what its script takes for an answer; tests/browser/test_services.py goes there and back"""

import asyncio
import json
from pathlib import Path

import pytest

from tests.docs.blocks import block
from tests.graphql_over_http.node import needs_node

pytestmark = [pytest.mark.anyio, needs_node]

# What a browser's page has, and Node has not.
PAGE = """
import { writeFileSync } from "node:fs";
const [query, kept] = process.argv.slice(2);
const storage = JSON.parse(kept), page = { storage };
globalThis.sessionStorage = {
  getItem: (name) => storage[name] ?? null,
  removeItem: (name) => { delete storage[name]; },
};
globalThis.location = { href: `https://app.example.com/welcome${query}` };
globalThis.history = { state: null, replaceState: (_state, _title, url) => { page.address = String(url); } };
const { comeBack } = await import("./services.js");
page.told = await comeBack();
writeFileSync("page.json", JSON.stringify(page));
"""


@pytest.mark.parametrize(
    ("query", "kept", "reason"),
    [
        ("?page=2&error=denied", {"verifier": "x"}, "denied"),
        ("?page=2&error=LoggedIn", {"verifier": "x"}, "LoggedIn"),
        ("?page=2", {"verifier": "x"}, "failed"),
        ("?code=x&page=2", {}, "failed"),
    ],
)
async def test_its_page_takes_what_stands_in_the_address_for_no_answer_of_the_servers(
    tmp_path: Path, query: str, kept: dict[str, str], reason: str
) -> None:
    for name, text in {
        "package.json": '{ "type": "module" }',
        "page.js": PAGE,
        "postern.js": block("README.md", "// postern.js").text,
        "services.js": block("docs/other-services.md", "// services.js").text,
    }.items():
        (tmp_path / name).write_text(text)
    node = await asyncio.create_subprocess_exec("node", "page.js", query, json.dumps(kept), cwd=tmp_path)
    assert await node.wait() == 0
    assert json.loads((tmp_path / "page.json").read_text()) == {
        "told": {"__typename": "Failed", "reason": reason},
        "address": "https://app.example.com/welcome?page=2",
        "storage": {},
    }
