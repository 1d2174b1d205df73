"""docs/identities.md: its scripts in pages that come and go; tests/browser/test_services.py has a real one"""

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.docs.blocks import block
from tests.docs.reader import SERVER
from tests.graphql_over_http.node import needs_node
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.listening import listening
from tests.support.service import Service

pytestmark = [pytest.mark.anyio, needs_node]

# What a browser's page has, and Node has not: here it is kept in a file from one page to the next.
PAGE = """
import { readFileSync, writeFileSync } from "node:fs";
const kept = JSON.parse(readFileSync("kept.json", "utf8"));
globalThis.sessionStorage = {
  getItem: (name) => kept[name] ?? null,
  setItem: (name, value) => { kept[name] = value; },
  removeItem: (name) => { delete kept[name]; },
};
const href = `https://app.example.com/welcome${process.argv[2] ?? ""}`;
globalThis.location = { href, assign: (url) => { kept.left = url; } };
globalThis.history = { state: null, replaceState: (_state, _title, url) => { kept.address = String(url); } };
globalThis.document = {
  createElement: () => ({ addEventListener: (_name, listener) => { globalThis.click ??= listener; } }),
  body: { append: () => {} },
};
await import("./script.js");
await globalThis.click?.();
writeFileSync("kept.json", JSON.stringify(kept));
"""
DOCUMENT = "docs/identities.md"
LEAVE = block(DOCUMENT, 'import { leave, providers } from "./services.js";').text
LEAVE_TO_LINK = block(DOCUMENT, 'import { leaveToLink } from "./linking.js";').text
PRINTED = 'console.log = (line) => sessionStorage.setItem("printed", line);\n'
COME_BACK_TO_LINK = PRINTED + block(DOCUMENT, 'import { comeBackToLink } from "./linking.js";').text
RETURN_URLS = ("https://app.example.com/welcome", "https://app.example.com/settings")
COME_BACK = block(DOCUMENT, 'import { comeBack } from "./services.js";').text


async def kept_by(folder: Path, script: str, *arguments: str) -> dict[str, Any]:
    (folder / "script.js").write_text(script)
    node = await asyncio.create_subprocess_exec("node", "page.js", *arguments, cwd=folder)
    assert await node.wait() == 0
    kept: dict[str, Any] = json.loads((folder / "kept.json").read_text())
    return kept


@once
async def test_its_page_leaves_and_comes_back_signed_in(
    known: MakeSettings, database_url: str, service: Service, tmp_path: Path
) -> None:
    asked = {"database_url": database_url, "return_urls": ",".join(RETURN_URLS)}
    async with listening(lambda address: known(**asked, public_url=address)) as address:
        for name, text in {
            "package.json": '{ "type": "module" }',
            "kept.json": "{}",
            "page.js": PAGE,
            "postern.js": block("docs/fetch.md", "// postern.js").text.replace(SERVER, address),
            "services.js": block(DOCUMENT, "// services.js").text,
        }.items():
            (tmp_path / name).write_text(text)
        left = (await kept_by(tmp_path, LEAVE))["left"]
        assert left.startswith(f"{address}/auth/google?return_to=https%3A%2F%2Fapp.example.com%2Fwelcome&")
        async with httpx2.AsyncClient(base_url=address) as browser:
            there = await browser.get(left)
            brought = service.browser_came(there.headers["location"])
            back = await browser.get("/auth/google/callback", params=brought)
        kept = await kept_by(tmp_path, COME_BACK, f"?{urlsplit(back.headers['location']).query}&page=2")
        assert kept["accessToken"].startswith("ey")
        assert kept["address"] == "https://app.example.com/welcome?page=2"
        assert "verifier" not in kept
        await its_settings_link_another(address, service, tmp_path)


async def its_settings_link_another(address: str, service: Service, folder: Path) -> None:
    """For who is signed in there."""
    service.issuer, service.person = "https://login.example.com/realm", {"sub": "a1"}
    (folder / "linking.js").write_text(block(DOCUMENT, "// linking.js").text)
    left = (await kept_by(folder, LEAVE_TO_LINK))["left"]
    async with httpx2.AsyncClient(base_url=address) as browser:
        there = await browser.get(left)
        back = await browser.get("/auth/company/callback", params=service.browser_came(there.headers["location"]))
    url = urlsplit(back.headers["location"])
    assert url.path == "/settings"
    kept = await kept_by(folder, COME_BACK_TO_LINK, f"?{url.query}")
    assert kept["printed"] == "company is linked"


# The sign-in of a phone's system, which asks its service for a token with this nonce.
SYSTEM = """
import { createInterface } from "node:readline";

export async function signIn(nonce) {
  console.log(nonce);
  for await (const idToken of createInterface({ input: process.stdin })) return { idToken };
}
"""
NATIVE = block(DOCUMENT, 'import { logInNatively } from "./native.js";').text


@once
async def test_an_app_of_its_own_signs_in(
    known: MakeSettings, database_url: str, service: Service, tmp_path: Path
) -> None:
    async with listening(lambda address: known(database_url=database_url, public_url=address)) as address:
        for name, text in {
            "package.json": '{ "type": "module" }',
            "kept.json": "{}",
            "page.js": PAGE,
            "postern.js": block("docs/fetch.md", "// postern.js").text.replace(SERVER, address),
            "native.js": block(DOCUMENT, "// native.js").text,
            "system.js": SYSTEM,
            "script.js": NATIVE,
        }.items():
            (tmp_path / name).write_text(text)
        pipe = asyncio.subprocess.PIPE
        node = await asyncio.create_subprocess_exec("node", "page.js", cwd=tmp_path, stdin=pipe, stdout=pipe)
        assert node.stdin
        assert node.stdout
        nonce = (await node.stdout.readline()).decode().strip()
        assert re.fullmatch("[0-9a-f]{64}", nonce)
        node.stdin.write(f"{service.id_token(nonce)}\n".encode())
        node.stdin.close()
        assert await node.wait() == 0
        assert json.loads((tmp_path / "kept.json").read_text())["accessToken"].startswith("ey")


TOLD = """
import { comeBack } from "./services.js";

sessionStorage.setItem("told", await comeBack());
"""


@pytest.mark.parametrize(
    ("query", "kept", "reason"),
    [
        ("?error=denied", {"verifier": "x"}, "denied"),
        ("?error=LoggedIn", {"verifier": "x"}, "LoggedIn"),
        ("", {"verifier": "x"}, "failed"),
        ("?code=x", {}, "failed"),
    ],
)
async def test_its_page_takes_what_stands_in_the_address_for_no_answer_of_the_servers(
    tmp_path: Path, query: str, kept: dict[str, str], reason: str
) -> None:
    for name, text in {
        "package.json": '{ "type": "module" }',
        "kept.json": json.dumps(kept),
        "page.js": PAGE,
        "postern.js": block("docs/fetch.md", "// postern.js").text,
        "services.js": block(DOCUMENT, "// services.js").text,
    }.items():
        (tmp_path / name).write_text(text)
    assert await kept_by(tmp_path, TOLD, query) == {
        "told": {"__typename": "Failed", "reason": reason},
        "address": "https://app.example.com/welcome",
    }
