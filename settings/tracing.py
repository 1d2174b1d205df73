"""Who is told traces."""

from pydantic import Field

from settings.addresses import WebAddress
from settings.part import Part


class TracingSettings(Part):
    """OpenTelemetry, whose other settings (`OTEL_…`) its own library reads."""

    otel_exporter_otlp_endpoint: WebAddress = Field(
        "", description="a collector of OpenTelemetry, http://host:4318, that is sent traces (default: none are made)"
    )
