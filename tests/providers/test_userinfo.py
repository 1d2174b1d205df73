"""What a service tells of somebody beside the ID token (OpenID Connect Core 1.0 §5.3, 5.4)"""

import json

import pytest

from models import Identity, Session, User
from providers import metadata
from tests.support.databases import once
from tests.support.elsewhere import answered
from tests.support.postern import EMAIL, Postern
from tests.support.provider_logins import logged_in_by, new_verifier, sent_and_back
from tests.support.secrecy import Watch
from tests.support.service import ANN, Said, Service

pytestmark = [pytest.mark.anyio, once]
PATH = "/userinfo"
TOLD = {name: ANN[name] for name in ("sub", "email", "email_verified", "name")}


@pytest.fixture
def told_beside(service: Service) -> Service:
    """One that puts nothing but who it was into its ID tokens."""
    service.person = {"sub": ANN["sub"], "hd": "example.com"}
    service.metadata = {"userinfo_endpoint": f"{service.issuer}{PATH}"}
    service.answers[PATH] = answered(TOLD)
    return service


async def test_an_address_that_is_not_in_the_id_token_is_asked_for(server: Postern, told_beside: Service) -> None:
    login = await logged_in_by(server, told_beside)
    assert (login["user"]["email"], login["user"]["name"], login["user"]["emailConfirmed"]) == (EMAIL, "Ann", True)
    (asked,) = [asked for asked in told_beside.there.asked if asked.target == PATH]
    assert asked.headers["authorization"] == "Bearer of no use"


async def test_it_vouches_for_that_as_it_says(server: Postern, told_beside: Service) -> None:
    told_beside.answers[PATH] = answered(TOLD | {"email_verified": False})
    assert (await logged_in_by(server, told_beside))["__typename"] == "EmailNotConfirmed"
    assert await Session.all().count() == 0


async def test_where_the_id_token_has_one_nothing_is_asked(server: Postern, service: Service) -> None:
    service.metadata = {"userinfo_endpoint": f"{service.issuer}{PATH}"}
    assert (await logged_in_by(server, service))["__typename"] == "LoggedIn"
    assert PATH not in service.heard


async def test_what_is_told_wrongly_or_of_somebody_else_is_a_failure_of_the_service(
    server: Postern, told_beside: Service, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "GOOD_SECONDS", 0.0)
    cases: list[tuple[bytes, Said, str]] = [
        (answered(TOLD | {"sub": "another"}), {}, "what is told of somebody else"),
        (answered({"email": EMAIL, "email_verified": True}), {}, "what is told of somebody else"),
        (answered(TOLD | {"sub": [ANN["sub"]]}), {}, "what is told of somebody else"),
        (answered([TOLD]), {}, "no JSON object"),
        (answered(json.dumps(TOLD).encode(), "401 Unauthorized"), {}, "status 401"),
        (answered({"sub": ANN["sub"]}), {}, "no address"),
        (answered(TOLD), {"userinfo_endpoint": "http://accounts.google.com/userinfo"}, "no address"),
        (answered(TOLD), {"userinfo_endpoint": None}, "no address"),
    ]
    for answer, said, _ in cases:
        told_beside.answers[PATH] = answer
        told_beside.metadata |= said
        assert await sent_and_back(server, told_beside, new_verifier()) == {"error": "failed"}
    assert [line["error"] for line in watch.events("provider_failed")] == [error for *_, error in cases]
    assert [await table.all().count() for table in (User, Identity, Session)] == [0, 0, 0]
