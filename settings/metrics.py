"""Where Prometheus asks."""

from typing import Annotated

from pydantic import AfterValidator, Field

from settings.part import rule
from settings.processes import ProcessSettings
from settings.server import own_host

LAST_PORT = 65_535


class MetricsSettings(ProcessSettings):
    """A port for Prometheus alone, of each process."""

    metrics_port: int | None = Field(
        None,
        ge=1,
        le=LAST_PORT,
        description="port on which Prometheus is told metrics; of several processes each takes one, this and the next "
        "(default: none are told)",
    )
    metrics_host: Annotated[str, AfterValidator(own_host)] = Field(
        "127.0.0.1", description="address of that port: who reaches it may read all metrics"
    )

    @property
    def metrics_ports(self) -> range:
        """One for each process; empty where no metrics are told."""
        first = self.metrics_port
        return range(first, first + self.web_concurrency) if first else range(0)

    @rule
    def _metrics_port(self) -> int | None:
        if self.port in self.metrics_ports:
            raise ValueError(f"should leave PORT alone: {self.web_concurrency} processes take as many, from it on")
        if self.metrics_ports and self.metrics_ports[-1] > LAST_PORT:
            raise ValueError(f"should leave room for {self.web_concurrency} processes: each takes one, from it on")
        return self.metrics_port
