"""Everything that is counted or can be read off, as Prometheus reads it."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, starmap

from prometheus_client import GC_COLLECTOR, PROCESS_COLLECTOR
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

import metrics
from metrics import BOUNDS, Count, Times
from resolvers.services import Services
from web.scraping.readings import Readings

__all__ = ["CONTENT_TYPE", "Exposition"]
Counts = Counter[tuple[str, ...]]
Tallies = dict[tuple[str, ...], list[float]]
LIMITS = [*(f"{bound:g}" for bound in BOUNDS), "+Inf"]


class Exposition:
    """What one process tells."""

    def __init__(self, services: Services) -> None:
        self._readings = Readings(services)

    async def text(self) -> bytes:
        """All metrics in Prometheus' text format. Where the database does not answer, what it would tell is missing."""
        read = [*self._readings.of_process(), *await self._readings.of_database()]
        # Thousands of lines take many milliseconds, for which nobody's request should wait: hence a copy, and a thread.
        counts = [(count, count.values.copy()) for count in metrics.COUNTS]
        times = [(one, {values: [*tally] for values, tally in one.values.items()}) for one in metrics.TIMES]
        return await asyncio.to_thread(generate_latest, _All(counts, times, read))


class _All(Collector):
    def __init__(self, counts: list[tuple[Count, Counts]], times: list[tuple[Times, Tallies]], read: list[Metric]):
        self._counts, self._times, self._read = counts, times, read

    def collect(self) -> Iterator[Metric]:
        yield from starmap(_counter, self._counts)
        yield from starmap(_histogram, self._times)
        yield from self._read
        yield from PROCESS_COLLECTOR.collect()
        yield from GC_COLLECTOR.collect()


def _counter(count: Count, counted: Counts) -> Metric:
    family = CounterMetricFamily(count.name, count.about, labels=count.labels)
    for values, often in counted.items():
        family.add_metric(values, often)
    return family


def _histogram(times: Times, tallies: Tallies) -> Metric:
    family = HistogramMetricFamily(times.name, times.about, labels=times.labels)
    for values, (*tally, total) in tallies.items():
        family.add_metric(values, list(zip(LIMITS, accumulate(tally), strict=True)), total)
    return family
