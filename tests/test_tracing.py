"""traces: a request, its operation, its statements and its letter are told a collector, and nothing of anybody's"""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

import tracing
from main import create_app
from models import Letter, Link
from tests.support.collector import Collector, collecting
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, ME, PASSWORD, running
from tests.support.postoffice import PATIENCE_SECONDS, PostOffice

pytestmark = pytest.mark.anyio

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ODD = [
    "",
    "nonsense",
    f"00-{TRACE}-{CALLER}",
    f"00-{'0' * 32}-{CALLER}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"ff-{TRACE}-{CALLER}-01",
    f"00-{TRACE.upper()}-{CALLER}-01",
    f"00-{TRACE}-{CALLER}-01-more",
    f"00-{TRACE}-{CALLER}-01\xff",
    "00-" + "a" * 8000,
]


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    async with collecting() as collector:
        yield collector


def attributes(span: Any) -> dict[str, str | int]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


async def test_a_request_its_operation_its_statements_and_its_letter_are_spans_and_hold_nothing_of_anybodys(
    make_settings: MakeSettings, database_url: str, post: PostOffice, collector: Collector, dialect: str
) -> None:
    given = make_settings(database_url=database_url, smtp_url=post.url, otel_exporter_otlp_endpoint=collector.endpoint)
    async with running(given, post) as postern:
        caller = postern.elsewhere(traceparent=f"00-{TRACE}-{CALLER}-01", tracestate="a=stranger", baggage="b=stranger")
        await caller.register(name="Ann the First")
        token = await postern.letter_token()
        await postern.http.get("/confirm-email", params={"token": token})
        await postern.confirm(token)
        session = await postern.login()
        await postern.ask(f"query Stranger {ME}", token=session["accessToken"])
        await postern.ask("{ me { id } }")
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr(Link, "get_or_none", lambda **_: 1 / 0)
            await postern.http.get("/confirm-email", params={"token": token})
    assert not tracing.is_on()
    register = collector.named("mutation register")
    (request,) = [span for span in collector.spans if span.span_id == register.parent_span_id]
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, CALLER)
    assert request.name == "POST /graphql"
    assert attributes(request).items() >= {"http.route": "/graphql", "http.response.status_code": 200}.items()
    below = [
        span for span in collector.spans if span.trace_id == register.trace_id and span.kind == span.SPAN_KIND_CLIENT
    ]
    assert {"INSERT letters", "INSERT registrations"} <= {span.name for span in below}
    system = {"postgres": "postgresql", "sqlite": "sqlite"}[dialect]
    assert {attributes(span)["db.system.name"] for span in below} == {system}
    letter = collector.named("letter confirm_email")
    (link,) = letter.links
    assert (link.trace_id, link.span_id) == (register.trace_id, register.span_id)
    assert letter.trace_id != register.trace_id
    failed = [span for span in collector.spans if span.name == "query me" and span.status.code]
    assert len(failed) == 1
    pages = [span for span in collector.spans if span.name == "GET /confirm-email"]
    assert [span.status.code for span in pages] == [Status.STATUS_CODE_UNSET, Status.STATUS_CODE_ERROR]
    assert [attributes(span)["http.response.status_code"] for span in pages] == [200, 500]
    assert collector.service == "postern"
    secrets = (EMAIL, PASSWORD, token, session["accessToken"], session["user"]["id"], "Ann the First", "stranger")
    for secret in (*secrets, "Stranger"):
        assert secret.encode() not in collector.raw, secret


@once
async def test_a_traceparent_of_odd_form_is_as_none_and_changes_no_answer(
    make_settings: MakeSettings, database_url: str, post: PostOffice, collector: Collector
) -> None:
    given = make_settings(database_url=database_url, smtp_url=post.url, otel_exporter_otlp_endpoint=collector.endpoint)
    async with running(given, post) as postern:
        for odd in ODD:
            headers = [("traceparent", odd), ("tracestate", "x=" + "y" * 8000), ("baggage", "x=" + "y" * 8000)]
            encoded = [(name, value.encode("latin-1")) for name, value in headers]
            answer = await postern.http.get("/graphql", params={"query": "{ __typename }"}, headers=encoded)  # type: ignore[arg-type]
            assert answer.status_code == 200
    requests = [span for span in collector.spans if span.name == "GET /graphql"]
    assert len(requests) == len(ODD)
    assert {span.parent_span_id for span in requests} == {b""}
    assert TRACE not in {span.trace_id.hex() for span in requests}
    assert b"yyy" not in collector.raw


@once
@pytest.mark.parametrize("silent", [True, False], ids=["takes and says nothing", "is not there"])
async def test_a_collector_that_does_not_answer_slows_no_request_and_no_end(
    make_settings: MakeSettings, database_url: str, post: PostOffice, silent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "STOP_SECONDS", 0.1)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")  # milliseconds: it is sent to while requests are answered
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if not silent:
            listener.close()
        given = make_settings(database_url=database_url, smtp_url=post.url, otel_exporter_otlp_endpoint=endpoint)
        async with asyncio.timeout(PATIENCE_SECONDS), running(given, post) as postern:
            for _ in range(60):
                assert (await postern.ask("{ __typename }"))["data"]


@once
async def test_without_the_setting_nothing_is_kept_of_a_trace(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    async with running(make_settings(database_url=database_url, smtp_url=post.url), post) as postern:
        await postern.elsewhere(traceparent=f"00-{TRACE}-{CALLER}-01").register()
        await postern.letter_token()
        assert (await Letter.get()).trace is None
        assert tracing.context() is None


def test_where_the_libraries_are_missing_the_start_says_what_to_install(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"OTEL_EXPORTER_OTLP_ENDPOINT .* pip install -r requirements-tracing\.lock"):
        create_app(make_settings(otel_exporter_otlp_endpoint="http://127.0.0.1:4318"))
