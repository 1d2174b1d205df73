"""Persisted documents: docs/persisted-documents.md, and appendix A of GraphQL over HTTP"""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from main import create_app
from models import User
from tests.docs.blocks import block
from tests.support.given import MakeSettings
from tests.support.postern import ME, REGISTER, Postern, running
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio

DOCUMENT = "docs/persisted-documents.md"
SETTINGS = block(DOCUMENT, "PERSISTED_DOCUMENTS=/etc/postern/documents.json").text
FILE = block(DOCUMENT, "{").text
TYPENAME = "{ __typename }"
DIGITS = hashlib.sha256(TYPENAME.encode()).hexdigest()
KNOWN = json.loads(FILE) | {DIGITS: TYPENAME, "md5-of-relay": ME}
INPUT = {"email": "ann@example.com", "password": "a quiet gate at dusk"}


@pytest.fixture
def dialect() -> str:
    """One is enough: nothing here asks SQL anything of its own."""
    return "sqlite"


@pytest.fixture
def only() -> bool:
    return True


@pytest.fixture
async def server(
    make_settings: MakeSettings, tmp_path: Path, database_url: str, post: PostOffice, only: bool
) -> AsyncIterator[Postern]:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps(KNOWN))
    given = dict(line.lower().split("=") for line in SETTINGS.splitlines())
    assert given == {"persisted_documents": "/etc/postern/documents.json", "persisted_documents_only": "true"}
    settings = make_settings(
        database_url=database_url, smtp_url=post.url, persisted_documents=file, persisted_documents_only=only
    )
    async with running(settings, post) as server:
        yield server


async def asked(server: Postern, **body: Any) -> httpx2.Response:
    return await server.http.post("/graphql", content=json.dumps(body), headers={"content-type": "application/json"})


async def refused(server: Postern, reason: str, **body: Any) -> None:
    answer = await asked(server, **body)
    (error,) = answer.json().pop("errors")
    assert (answer.status_code, error["extensions"]["code"], answer.json().keys()) == (
        400,
        "BAD_USER_INPUT",
        {"errors"},
    )
    assert reason in error["message"]
    assert await User.all().count() == 0


async def test_a_document_is_executed_by_its_hash_as_it_is_by_its_text(server: Postern) -> None:
    (identifier,) = json.loads(FILE)
    answer = await asked(server, documentId=identifier, variables={"input": INPUT})
    assert answer.json() == {"data": {"register": {"__typename": "Registered"}}}
    user = await User.get()
    assert user.canonical_email == "ann@example.com"
    for name in (DIGITS, f"sha256:{DIGITS}"):
        assert (await asked(server, documentId=name)).json() == {"data": {"__typename": "Query"}}
        got = await server.http.get("/graphql", params={"documentId": name}, headers={"accept": "text/html, */*"})
        assert got.json() == {"data": {"__typename": "Query"}}
    assert (await asked(server, documentId="md5-of-relay")).json()["errors"][0]["extensions"][
        "code"
    ] == "UNAUTHENTICATED"
    assert (await asked(server, query=TYPENAME)).json() == {"data": {"__typename": "Query"}}


async def test_where_nothing_else_is_executed_other_documents_are_refused_and_nothing_happens(server: Postern) -> None:
    await refused(server, "persisted", query=REGISTER, variables={"input": INPUT})
    await refused(server, "persisted", query=f"{TYPENAME} ")
    await refused(server, "either", query=TYPENAME, documentId=DIGITS)
    await refused(server, "No GraphQL query", operationName="Register")
    for name in ("sha256:" + "0" * 64, DIGITS.upper(), f"SHA256:{DIGITS}", "__class__", "\ud800", " "):
        await refused(server, "No document", documentId=name)
    for kind in (1, True, ["sha256"], {"sha256": DIGITS}):
        await refused(server, "must be a string", documentId=kind)


@pytest.mark.parametrize("only", [False])
async def test_where_others_are_executed_too_a_text_is_as_good_as_ever(server: Postern) -> None:
    answer = await asked(server, query=REGISTER, variables={"input": INPUT})
    assert answer.json()["data"]["register"]["__typename"] == "Registered"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("[]", "one JSON object"),
        ('{"a": 1}', "one JSON object"),
        (json.dumps({f"sha256:{DIGITS}": ME}), "another document than its name says"),
        (json.dumps({DIGITS: ME}), "another document than its name says"),
    ],
)
async def test_a_file_that_is_not_right_keeps_the_server_from_starting(
    make_settings: MakeSettings, tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "documents.json"
    file.write_text(content)
    settings = make_settings(smtp_url="smtp://127.0.0.1:1", persisted_documents=file)
    with pytest.raises(ValueError, match=f"PERSISTED_DOCUMENTS.*{told}"):
        create_app(settings)


async def test_nothing_but_documents_of_a_file_needs_that_file(make_settings: MakeSettings) -> None:
    with pytest.raises(ValueError, match="needs PERSISTED_DOCUMENTS"):
        make_settings(smtp_url="smtp://127.0.0.1:1", persisted_documents_only=True)
