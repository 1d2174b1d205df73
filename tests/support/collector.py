"""A collector of OpenTelemetry on loopback, which keeps the spans that it is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Collector:
    """`spans` are those that have come, `raw` every byte of them."""

    endpoint: str = ""
    spans: list[Any] = field(default_factory=list)
    raw: bytes = b""
    service: str = ""

    def named(self, name: str) -> Any:
        """The only span of that name."""
        (found,) = [span for span in self.spans if span.name == name]
        return found

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request after another."""
        while head := await reader.readuntil(b"\r\n\r\n"):
            assert head.startswith(b"POST /v1/traces ")
            lines = head.decode().lower().split("\r\n")
            length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
            body = await reader.readexactly(length)
            self.raw += body
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                known = {one.key: one.value.string_value for one in resource.resource.attributes}
                self.service = known["service.name"]
                self.spans += [span for scope in resource.scope_spans for span in scope.spans]
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """From its start to its end."""
    collector = Collector()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await collector.answer(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    collector.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield collector
    finally:
        server.close()
