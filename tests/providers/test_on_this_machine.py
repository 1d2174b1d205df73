"""A service that runs on this machine, as in development"""

from pathlib import Path

import pytest

import outside
import settings
from tests.support.databases import once
from tests.support.elsewhere import elsewhere
from tests.support.given import MakeSettings
from tests.support.postern import running
from tests.support.postoffice import PostOffice
from tests.support.process import production
from tests.support.provider_logins import RETURN_TO, challenge_of, logged_in_by, new_verifier
from tests.support.service import CLIENT_ID, CLIENT_SECRET, Service

pytestmark = pytest.mark.anyio
PRODUCTION = {name.lower(): value for name, value in production().items()}


def listed(folder: Path, monkeypatch: pytest.MonkeyPatch, issuer: str) -> str:
    monkeypatch.setenv("SERVICE_SECRET", CLIENT_SECRET)
    (folder / "providers.toml").write_text(
        f"""[google]
kind = "oidc"
name = "Keycloak"
issuer = "{issuer}"
email_is_confirmed = true
client_id = "{CLIENT_ID}"
client_secret_env = "SERVICE_SECRET"
"""
    )
    return str(folder / "providers.toml")


@once
async def test_it_is_logged_in_with_in_development_without_tls(
    make_settings: MakeSettings,
    database_url: str,
    post: PostOffice,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with elsewhere(tmp_path, plain=True) as there:
        here = f"http://127.0.0.1:{there.port}"
        service = Service(
            there, f"{here}/realm", metadata={"token_endpoint": f"{here}/token", "jwks_uri": f"{here}/keys"}
        )
        given = make_settings(
            environment="development",
            public_url="http://127.0.0.1:8000",
            database_url=database_url,
            smtp_url=post.url,
            providers=listed(tmp_path, monkeypatch, service.issuer),
            return_urls=RETURN_TO,
        )
        async with running(given, post) as server:
            assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"


def test_it_keeps_a_server_in_production_from_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    providers = listed(tmp_path, monkeypatch, "http://localhost:8080/realms/try")
    kept = {"providers": providers, "return_urls": RETURN_TO}
    with pytest.raises(SystemExit, match=r"PROVIDERS +\[google\] issuer should begin with https:// in production"):
        settings.load(_env_file=None, environment="production", **kept)


@once
@pytest.mark.parametrize(("given", "is_asked"), [(PRODUCTION, False), ({"environment": "development"}, True)])
async def test_one_whose_name_leads_here_is_asked_in_development_alone(
    known: MakeSettings,
    database_url: str,
    post: PostOffice,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    *,
    given: dict[str, str],
    is_asked: bool,
) -> None:
    monkeypatch.setattr(outside, "client", lambda *, local: service.there.client(local=local, allows=None))
    async with running(known(**given, database_url=database_url), post) as server:
        asked = {"return_to": RETURN_TO, "code_challenge": challenge_of(new_verifier())}
        left = await server.http.get("/auth/google", params=asked)
    assert left.status_code == 303
    assert (left.headers["location"] == f"{RETURN_TO}&error=failed") != is_asked
    assert bool(service.there.connections) == is_asked
