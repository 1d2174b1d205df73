"""A server that people come to by way of other services, all of which are on loopback."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

import outside
from tests.support.elsewhere import elsewhere
from tests.support.given import MakeSettings
from tests.support.postern import Postern, running
from tests.support.postoffice import PostOffice
from tests.support.provider_logins import RETURN_TO
from tests.support.service import CLIENT_ID, CLIENT_SECRET, Service

HOSTS = (
    *("accounts.google.com", "github.com", "api.github.com", "appleid.apple.com", "login.microsoftonline.com"),
    "login.example.com",
)
PROVIDERS = f"""
[google]
client_id = "{CLIENT_ID}"
client_secret_env = "SERVICE_SECRET"

[company]
kind = "oidc"
name = "The company"
issuer = "https://login.example.com/realm"
email_is_confirmed = false
client_id = "{CLIENT_ID}"
client_secret_env = "SERVICE_SECRET"
"""


@pytest.fixture
def providers() -> str:
    """The file that PROVIDERS names."""
    return PROVIDERS


@pytest.fixture
async def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """Google, as far as the server knows."""
    async with elsewhere(tmp_path, names=HOSTS) as there:
        monkeypatch.setattr(outside, "client", there.client)
        yield Service(there)


@pytest.fixture
def known(
    make_settings: MakeSettings, post: PostOffice, providers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MakeSettings:
    """Settings with these services."""
    monkeypatch.setenv("SERVICE_SECRET", CLIENT_SECRET)
    (tmp_path / "providers.toml").write_text(providers)
    return partial(
        make_settings,
        smtp_url=post.url,
        public_url="https://postern.test",
        providers=str(tmp_path / "providers.toml"),
        return_urls=f"{RETURN_TO}, https://app.example.com/other",
        log_format="json",
    )


@pytest.fixture
async def server(known: MakeSettings, database_url: str, post: PostOffice, service: Service) -> AsyncIterator[Postern]:
    """The server, whose services are on loopback."""
    async with running(known(database_url=database_url), post) as one:
        yield one
