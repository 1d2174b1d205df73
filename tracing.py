"""Spans of what the server does, for whoever collects them; elsewhere this does nothing, and loads nothing."""

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

EXPORTER = "opentelemetry.exporter.otlp.proto.http"
MISSING = (
    "OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, and the libraries for them are not installed: "
    "pip install -r requirements-tracing.lock, or leave it empty for Postern"
)
STOP_SECONDS = 2  # for the last spans: nobody's restart waits longer for a collector that does not answer
Kind = Literal["SERVER", "CLIENT", "CONSUMER", "INTERNAL"]
Attributes = dict[str, str | int]

_off = nullcontext[Any]()
_tracer: Any = None


def check() -> None:
    """Raises ValueError where the libraries are not installed."""
    try:
        found = find_spec(EXPORTER)
    except ModuleNotFoundError:
        found = None
    if not found:
        raise ValueError(MISSING)


@contextlib.asynccontextmanager
async def collected(endpoint: str) -> AsyncIterator[None]:
    """Send spans to this collector in the meantime, by a thread; to none where the endpoint is empty.

    OpenTelemetry's own settings (`OTEL_…`) are heeded, OTEL_SDK_DISABLED too.
    """
    global _tracer  # noqa: PLW0603 - one for all of the process
    if not endpoint:
        yield
        return
    provider = _provider(endpoint)
    tracer = provider.get_tracer("postern")
    _tracer = tracer if isinstance(tracer, import_module("opentelemetry.sdk.trace").Tracer) else None
    try:
        yield
    finally:
        _tracer = None
        last = threading.Thread(target=provider.shutdown, daemon=True)  # a daemon: the process need not wait for it
        last.start()
        await asyncio.to_thread(last.join, STOP_SECONDS)


def _provider(endpoint: str) -> Any:
    sdk, exporting = import_module("opentelemetry.sdk.trace"), import_module("opentelemetry.sdk.trace.export")
    resource = import_module("opentelemetry.sdk.resources").Resource
    named = resource.create({} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "postern"})
    exporter = import_module(f"{EXPORTER}.trace_exporter").OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")
    provider = sdk.TracerProvider(resource=named, shutdown_on_exit=False)
    provider.add_span_processor(exporting.BatchSpanProcessor(exporter))
    return provider


def is_on() -> bool:
    """Whether spans are wanted."""
    return _tracer is not None


def span(
    name: str,
    kind: Kind = "INTERNAL",
    *,
    parent: str | None = None,
    link: str | None = None,
    attributes: Attributes | None = None,
) -> AbstractContextManager[Any]:
    """What is done within is a span of this name; gives it, or None where nobody wants any.

    `parent` and `link` are a `traceparent`: whose part it is, and what it follows from. One of odd form is ignored.
    """
    return _span(name, kind, parent, link, attributes) if _tracer else _off


def context() -> str | None:
    """The present span as a `traceparent`, for what follows from it elsewhere; None where there is none."""
    if not _tracer:
        return None
    carrier: dict[str, str] = {}
    _propagator().inject(carrier)
    return carrier.get("traceparent")


def fail(span: Any) -> None:
    """Mark a span as failed. Why is for the log: an exception's words may hold what no collector should."""
    if span:
        span.set_status(import_module("opentelemetry.trace").StatusCode.ERROR)


@contextlib.contextmanager
def _span(name: str, kind: Kind, parent: str | None, link: str | None, attributes: Attributes | None) -> Iterator[Any]:
    api = import_module("opentelemetry.trace")
    origin = _extracted(link)
    with _tracer.start_as_current_span(
        name,
        _extracted(parent),
        api.SpanKind[kind],
        attributes,
        [api.Link(api.get_current_span(origin).get_span_context())] if origin else [],
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except BaseException:
            fail(span)
            raise


def _extracted(traceparent: str | None) -> Any:
    """What a `traceparent` says, None for none: without `tracestate` and baggage, which are whatever a client likes."""
    if not traceparent:
        return None
    found = _propagator().extract({"traceparent": traceparent}, import_module("opentelemetry.context").Context())
    return found or None


def _propagator() -> Any:
    return import_module("opentelemetry.trace.propagation.tracecontext").TraceContextTextMapPropagator()
