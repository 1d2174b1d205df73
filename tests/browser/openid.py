"""A real OpenID provider, certified by the OpenID Foundation: npm's oidc-provider, in a process of its own."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page

from settings import ROOT

PROGRAM = ROOT / "tests/browser/provider"
PATIENCE_SECONDS = 60
SECRET = "hunter2:&%/+"  # with characters that HTTP Basic has to encode


@asynccontextmanager
async def provider(folder: Path, port: int, callback: str) -> AsyncIterator[None]:
    """The provider at https://localhost, with the certificate in a folder, from its start to its end."""
    if not (PROGRAM / "node_modules/oidc-provider").is_dir():
        pytest.fail("These tests need npm's oidc-provider: `make browser` installs it where npm is.", False)
    command = ("node", "provider.js", str(port), str(folder), callback)
    environment = {"PATH": os.environ["PATH"], "SERVICE_SECRET": SECRET}
    with (folder / "provider.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=PROGRAM, env=environment, stdout=asyncio.subprocess.PIPE, stderr=log
        )
    try:
        assert process.stdout
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await process.stdout.readline() == b"serving\n", (folder / "provider.log").read_text()
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def log_in_there(page: Page, login: str) -> None:
    """Says who one is, where the provider asks for it; any password does."""
    await page.get_by_placeholder("Enter any login").fill(login)
    await page.get_by_placeholder("and password").fill("any")
    await page.get_by_role("button", name="Sign-in").click()


async def agree_there(page: Page) -> None:
    """Lets Postern know who one is."""
    await page.get_by_role("button", name="Continue").click()


async def cancel_there(page: Page) -> None:
    """Goes back without that."""
    await page.get_by_role("link", name="[ Cancel ]").click()
