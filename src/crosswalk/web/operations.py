"""How the service does: whether it lives, whether it answers, and its figures for Prometheus."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping

import prometheus_client
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crosswalk import __version__, settings
from crosswalk.graph.served import Served
from crosswalk.graph.stores import Figures
from crosswalk.web.problems import problem

__all__ = ["Operations"]

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
STATES = {
    "generation": "number of the state that queries are asked of",
    "readers": "processes that answer",
    "running": "queries that run",
    "queued": "queries that wait",
    "writes_queued": "writes that wait",
}
OUTCOMES = ("killed", "cancelled", "crashed", "retried", "refused")
EVENTS = {
    "queries": "queries asked",
    "writes": "writes done",
    "writer_restarts": "times that the writer was started anew",
}
SUMS = {
    "open": "stores of organisations that are open",
    "running": "queries that run or wait in stores of organisations",
    "writes_queued": "writes that wait in stores of organisations",
}
TOTALS = {
    "writes": "writes done in stores of organisations",
    "writes_killed": "writes of organisations that were ended for their deadline",
    "writes_refused": "writes of organisations that were refused because too many waited",
    "writer_restarts": "times that the writer of an organisation was started anew",
}
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Operations:
    """The state of a service: its stores, whether it is stopping, what it was asked.

    :param engines: the address of each store → its engine.
    :param organisations: tells how the stores of organisations do, all together; None: there are
        none.
    """

    def __init__(
        self, engines: Mapping[str, Served], organisations: Callable[[], Figures] | None = None
    ) -> None:
        self.engines, self.organisations = engines, organisations
        self.stopping = False
        self.on_stop: list[Callable[[], None]] = []
        self.dropped: Callable[[], int] = int
        self.reserve = settings.number("CROSSWALK_DISK_RESERVE_MB") << 20
        self.metrics_for = settings.value("CROSSWALK_METRICS")
        self.registry = prometheus_client.CollectorRegistry()
        self._requests = prometheus_client.Counter(
            "crosswalk_requests",
            "requests answered",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = prometheus_client.Histogram(
            "crosswalk_request_seconds",
            "seconds from a request's head to the end of its answer",
            ("route",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._counts: dict[tuple[str, str, int], Callable[[], None]] = {}
        self._durations: dict[str, Callable[[float], None]] = {}
        self.registry.register(_Stores(self))
        for collector in (
            prometheus_client.ProcessCollector,
            prometheus_client.PlatformCollector,
            prometheus_client.GCCollector,
        ):
            collector(registry=self.registry)

    def routes(self) -> dict[str, Callable[[Request], Awaitable[Response]]]:
        """Return address → what answers there."""
        return {"/healthz": self.healthz, "/readyz": self.readyz, "/metrics": self.metrics}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Take note of a request that was answered."""
        key = (method, route, status)
        counted = self._counts.get(key)
        if counted is None:
            named = method if method in METHODS else "other"
            counted = self._requests.labels(named, route, str(status)).inc
            if method in METHODS:
                self._counts[key] = counted
        counted()
        measured = self._durations.get(route)
        if measured is None:
            measured = self._durations[route] = self._seconds.labels(route).observe
        measured(seconds)

    async def healthz(self, _: Request) -> Response:
        """Tell that the process lives."""
        return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})

    async def readyz(self, _: Request) -> Response:
        """Tell whether the service answers, and if not, why."""
        if (reason := self.unready()) is not None:
            return problem(503, reason, headers={"Retry-After": "2"})
        said: dict[str, object] = {"status": "ready"}
        if generation := next(iter(self.engines.values())).generation:
            said["generation"] = generation
        if self.organisations is not None:
            said["organisations_open"] = self.organisations().open
        return JSONResponse(said, headers={"Cache-Control": "no-store"})

    def unready(self) -> str | None:
        """Return why the service does not answer, or None."""
        if self.stopping:
            return "the service is stopping"
        for path, engine in self.engines.items():
            if (fault := engine.fault()) is not None:
                return f"the store of {path}: {fault}"
            if self.free(engine) < self.reserve:
                return f"the disk of the store of {path} has less than its reserve"
        return None

    def free(self, engine: Served) -> int:
        """Return the bytes that are free on the disk of a store."""
        try:
            return shutil.disk_usage(engine.home.path).free
        except OSError:
            return 0

    async def metrics(self, request: Request) -> Response:
        """Give the figures, to those who may read them."""
        near = request.scope.get("state", {}).get("loopback", False)
        if self.metrics_for == "nobody" or (self.metrics_for == "loopback" and not near):
            return problem(403, "the metrics are not for this address")
        text = prometheus_client.generate_latest(self.registry)
        return Response(
            text,
            headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST},
        )


class _Stores(Collector):
    """The figures of the stores, read when they are asked for."""

    def __init__(self, operations: Operations) -> None:
        self.operations = operations

    def describe(self) -> list[Metric]:
        """Return nothing: what there is, is known when it is read."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the figures."""
        build = GaugeMetricFamily("crosswalk_build", "the version that runs", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        ready = GaugeMetricFamily("crosswalk_ready", "1 if the service answers, else 0")
        ready.add_metric([], float(self.operations.unready() is None))
        yield ready
        lines = CounterMetricFamily("crosswalk_log_dropped", "lines of the log that were dropped")
        lines.add_metric([], self.operations.dropped())
        yield lines
        held = self.operations.engines
        free = GaugeMetricFamily("crosswalk_disk_free_bytes", "free disk", labels=["store"])
        for path, engine in held.items():
            free.add_metric([path], self.operations.free(engine))
        yield free
        stats = {path: dataclasses.asdict(one.stats()) for path, one in held.items()}
        for name, told in STATES.items():
            gauge = GaugeMetricFamily(f"crosswalk_{name}", told, labels=["store"])
            for path, figures in stats.items():
                gauge.add_metric([path], figures.get(name, 0))
            yield gauge
        for name, told in EVENTS.items():
            counter = CounterMetricFamily(f"crosswalk_{name}", told, labels=["store"])
            for path, figures in stats.items():
                counter.add_metric([path], figures.get(name, 0))
            yield counter
        ended = CounterMetricFamily(
            "crosswalk_queries_ended",
            "queries and writes that did not just end: by what became of them",
            labels=["store", "outcome"],
        )
        for path, figures in stats.items():
            for outcome in OUTCOMES:
                ended.add_metric([path, outcome], figures.get(outcome, 0))
        yield ended
        if self.operations.organisations is not None:
            yield from _of_organisations(self.operations.organisations())


def _of_organisations(figures: Figures) -> Iterator[Metric]:
    """Yield the totals of the stores of organisations; no label names one."""
    for name, told in SUMS.items():
        yield GaugeMetricFamily(
            f"crosswalk_organisations_{name}", told, value=getattr(figures, name)
        )
    for name, told in TOTALS.items():
        yield CounterMetricFamily(
            f"crosswalk_organisations_{name}", told, value=getattr(figures, name)
        )
