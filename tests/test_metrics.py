"""what Prometheus is told, where a setting names a port for it, and that nothing a stranger chooses is in it"""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families as families

import settings
from models import Letter, Session
from settings import ROOT
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.ports import free_port
from tests.support.postern import ME, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.process import run
from tests.support.secrecy import Watch
from tests.support.told import logged
from web.scraping import readings

pytestmark = pytest.mark.anyio

Samples = dict[str, float]
DOCUMENTED = re.compile(r"^\| `(\w+)` \| (\w+) \|([^|]*)\| (.+) \|$", re.MULTILINE)
SUFFIXES = re.compile(r"_total$|_info$")


def address(postern: Postern) -> str:
    return f"http://127.0.0.1:{postern.settings.metrics_port}"


async def text(postern: Postern) -> str:
    async with httpx2.AsyncClient() as http:
        answer = await http.get(f"{address(postern)}/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return answer.text


async def told(postern: Postern) -> Samples:
    """Every sample, by its name and labels as Prometheus writes them, without quotes."""
    samples = [sample for family in families(await text(postern)) for sample in family.samples]
    return {f"{one.name}{{{','.join(f'{k}={v}' for k, v in one.labels.items())}}}": one.value for one in samples}


def grown(before: Samples, after: Samples, prefix: str) -> Samples:
    """What has grown of those that begin so, without the prefix, and by how much."""
    more = {name: count - before.get(name, 0) for name, count in after.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): count for name, count in more.items() if count}


@pytest.fixture
async def postern(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Postern]:
    """A running server that tells metrics."""
    given = make_settings(database_url=database_url, smtp_url=post.url, metrics_port=free_port(), log_format="json")
    async with running(given, post) as server:
        yield server


@once
async def test_requests_operations_problems_errors_events_and_letters_are_counted(
    postern: Postern, watch: Watch
) -> None:
    before, began = await told(postern), time.perf_counter()
    session = await postern.joined()
    await postern.ask(f"query Mine {ME}", token=session["accessToken"])
    await postern.login(password="not the right one")
    await postern.ask("{ a: me { id } ... { b: me { name } } ...F __typename } fragment F on Query { me { email } }")
    await postern.ask("{ nobody }")
    await postern.ask("query A { me { id } } query B { me { id } }")
    await postern.http.post("/graphql", json=1)
    await postern.http.get("/readyz")
    await logged(watch, "letter_delivered")
    seconds, after = time.perf_counter() - began, await told(postern)
    for kind in ("http_request", "graphql_operation", "password_work"):
        assert 0 < sum(grown(before, after, f"postern_{kind}_seconds_sum").values()) < seconds, kind
    lines = watch.events("request")
    assert 0 < sum(line["ms"] for line in lines) < seconds * 1000
    assert {line["path"] for line in lines} == {"/graphql"}, "whoever asks how it is fills no log"
    assert grown(before, after, "postern_http_request_seconds_count") == {
        "{method=POST,path=/graphql,status=2xx}": 8,
        "{method=POST,path=/graphql,status=4xx}": 1,
        "{method=GET,path=/readyz,status=2xx}": 1,
    }
    assert grown(before, after, "postern_graphql_operation_seconds_count") == {
        "{operation=register,outcome=ok}": 1,
        "{operation=confirmEmail,outcome=ok}": 1,
        "{operation=login,outcome=ok}": 1,
        "{operation=login,outcome=problem}": 1,
        "{operation=me,outcome=ok}": 1,
        "{operation=me,outcome=error}": 1,
        "{operation=__typename,outcome=error}": 1,
    }
    assert grown(before, after, "postern_graphql_problems_total") == {"{type=InvalidCredentials}": 1}
    assert grown(before, after, "postern_graphql_errors_total") == {
        "{code=UNAUTHENTICATED}": 3,
        "{code=GRAPHQL_VALIDATION_FAILED}": 1,
        "{code=BAD_USER_INPUT}": 2,
    }
    assert grown(before, after, "postern_events_total")["{event=login_failed,reason=wrong_password}"] == 1
    assert grown(before, after, "postern_letters_total") == {"{kind=confirm_email,outcome=delivered}": 1}
    assert grown(before, after, "postern_password_work_seconds_count")["{}"] >= 3
    for name in (  # told before it happens
        "postern_letters_total{kind=reset_password,outcome=died}",
        "postern_throttled_total{limit=links_per_address}",
        "postern_graphql_errors_total{code=INTERNAL_SERVER_ERROR}",
        "postern_events_total{event=refresh_token_reused,reason=}",
    ):
        assert name in before


@once
async def test_nothing_that_a_stranger_chooses_becomes_a_label(postern: Postern) -> None:
    before = await told(postern)
    for number in range(20):
        await postern.http.get(f"/stranger/{number}")
        await postern.http.get("/confirm-email", params={"token": f"stranger{number}"})
        await postern.http.get(f"/static/stranger/{number}")
        await postern.http.request(f"STRANGER{number}", "/graphql")
        await postern.ask(f"query stranger{number} {{ stranger{number}: me {{ id }} }}")
        await postern.ask(f"{{ stranger{number} }}")
    after = await told(postern)
    assert not [name for name in after if "stranger" in name.lower()]
    assert grown(before, after, "postern_http_request_seconds_count") == {
        "{method=GET,path=other,status=4xx}": 20,
        "{method=GET,path=/confirm-email,status=4xx}": 20,
        "{method=GET,path=/static,status=4xx}": 20,
        "{method=other,path=/graphql,status=4xx}": 20,
        "{method=POST,path=/graphql,status=2xx}": 40,
    }
    assert grown(before, after, "postern_graphql_operation_seconds_count") == {"{operation=me,outcome=error}": 20}


async def test_sessions_and_letters_are_counted_by_the_database_and_not_for_everybody_who_asks(
    postern: Postern,
) -> None:
    session = await postern.logged_in()
    await postern.login()
    now = datetime.now(UTC)
    over = await Session.all().order_by("id").first()
    assert over
    await Session.filter(id=over.id).update(expires_at=now)
    later = now + timedelta(hours=1)
    await Letter.create(kind="confirm_email", user_id=session["user"]["id"], created_at=now, due_at=later)
    found = await told(postern)
    names = ("database_up", "sessions_open", "outbox_letters", "outbox_oldest_seconds")
    assert [found[f"postern_{name}{{}}"] for name in names] == [1, 1, 1, 0]
    busy, idle = (found[f"postern_database_connections{{state={state}}}"] for state in ("busy", "idle"))
    assert 1 <= idle <= busy + idle <= found["postern_database_connections_max{}"]
    assert [found[f"postern_degraded{{part={part}}}"] for part in ("mail", "passwords", "redis")] == [0, 0, 0]
    await Session.all().delete()
    assert (await told(postern))["postern_sessions_open{}"] == 1


@once
async def test_without_the_database_the_rest_is_told(
    postern: Postern, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    monkeypatch.setattr(readings, "ASKING_SECONDS", 0)
    found = await told(postern)
    assert found["postern_database_up{}"] == 0
    assert not [name for name in found if name.startswith(("postern_outbox", "postern_sessions"))]
    assert found["process_resident_memory_bytes{}"] > 0
    assert len(watch.events("metrics_without_database")) == 1


@once
async def test_the_port_for_metrics_answers_nothing_else_and_the_others_tell_none(postern: Postern) -> None:
    async with httpx2.AsyncClient(base_url=address(postern)) as http:
        statuses = [(await http.get(path)).status_code for path in ("/", "/graphql", "/readyz", "/metrics/")]
        posted = await http.post("/metrics")
        head = await http.head("/metrics")
    assert statuses == [404] * 4
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert (await postern.http.get("/metrics")).status_code == 404


@once
async def test_who_never_reads_what_was_asked_keeps_nobody_else_waiting(postern: Postern) -> None:
    port = postern.settings.metrics_port
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]  # more than are let in at once
    for one in silent[:10]:
        one.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
    assert (await postern.ask("{ __typename }")) == {"data": {"__typename": "Query"}}
    async with httpx2.AsyncClient() as http:
        assert (await http.get(f"{address(postern)}/metrics")).status_code == 503
    for one in silent:
        one.close()
    async with asyncio.timeout(10), httpx2.AsyncClient() as http:
        while (await http.get(f"{address(postern)}/metrics")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@once
async def test_the_documents_list_every_metric_with_its_type_and_labels(postern: Postern) -> None:
    await postern.logged_in()
    await postern.login(password="not the right one")
    told = list(families(await text(postern)))
    documented = DOCUMENTED.findall((ROOT / "docs" / "observability.md").read_text())
    described = {
        SUFFIXES.sub("", name): (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in documented
    }
    assert {SUFFIXES.sub("", one.name) for one in told} == described.keys()
    for one in told:
        kind, labels = described[SUFFIXES.sub("", one.name)]
        assert kind == ("gauge" if one.type == "info" else one.type), one.name
        for sample in one.samples:
            assert sample.labels.keys() - {"le"} == labels, sample


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"metrics_port": 0}, "greater than or equal to 1"),
        ({"metrics_port": 8000}, "should leave PORT alone"),
        ({"metrics_port": 7999, "web_concurrency": 2, "redis_url": "redis://127.0.0.1"}, "should leave PORT alone"),
        ({"metrics_port": 65_535, "web_concurrency": 2, "redis_url": "redis://127.0.0.1"}, "should leave room"),
        ({"metrics_port": 9000, "metrics_host": "a b"}, "METRICS_HOST"),
    ],
)
def test_a_port_that_cannot_be_is_refused_with_its_reason(given: dict[str, object], advice: str) -> None:
    with pytest.raises(SystemExit, match=advice):
        settings.load(_env_file=None, **given)


async def test_a_port_that_is_taken_is_named_at_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ended = await run(tmp_path, METRICS_PORT=str(port), PORT="0", DATA_DIR=str(tmp_path / "var"))
    assert ended.code
    assert ended.complaint == f"Postern cannot start: port {port} of 127.0.0.1 is taken. Set METRICS_PORT.\n"
    assert not (tmp_path / "var").exists()


@once
async def test_where_every_port_is_taken_a_server_serves_all_the_same_and_its_log_says_so(
    make_settings: MakeSettings, database_url: str, post: PostOffice, watch: Watch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        given = make_settings(database_url=database_url, smtp_url=post.url, metrics_port=port, log_format="json")
        async with running(given, post) as postern:
            assert (await postern.http.get("/readyz")).status_code == 200
    assert len(watch.events("metrics_not_told")) == 1
