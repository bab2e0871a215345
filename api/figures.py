"""Figures of a running server, for Prometheus. A registry for each server; labels only from short lists."""

from collections.abc import Callable, Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.doors import DOORS

OTHER = "other"

_KINDS = ("key", "person", "crawler")
_OUTCOMES = (
    "ok", "hit", "syntax", "too-complex", "refused", "timeout", "overload", "lost", "left", "over-budget",
    "not-known", "error",
)  # fmt: skip
_PATHS = ("engine", "columns", "look-up", "cache", "update")
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Figures:
    """What is counted while requests are served."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        own = self.registry
        Info("wenyuan_build", "The version that runs.", registry=own).info({"version": version})
        self.requests = Counter(
            "wenyuan_requests", "Requests answered.", ("door", "status", "kind"), registry=own
        )
        self.seconds = Histogram(
            "wenyuan_request_seconds", "Seconds from a request to the last byte of its answer.", ("door",),
            buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self.sent = Counter("wenyuan_response_bytes", "Bytes of answers.", ("door",), registry=own)
        self.running = Gauge("wenyuan_requests_running", "Requests being served.", registry=own)
        self.queries = Histogram(
            "wenyuan_query_seconds", "Seconds of a worker for one query.", ("path", "outcome"),
            buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self.cpu = Counter(
            "wenyuan_query_cpu_seconds", "Seconds of a processor that queries took.", registry=own
        )
        self.rows = Counter("wenyuan_query_rows", "Rows and statements given by queries.", registry=own)
        self.cache = Counter(
            "wenyuan_cache", "Answers that could have been kept, and were or not.", ("result",), registry=own
        )
        self.charged = Counter(
            "wenyuan_charged_seconds", "Seconds charged to clients.", ("kind",), registry=own
        )
        self.over_budget = Counter(
            "wenyuan_over_budget", "Requests refused for want of budget.", ("kind",), registry=own
        )  # fmt: skip
        self.guarded = Counter(
            "wenyuan_guard_refusals", "Queries that the guard refused.", ("reason",), registry=own
        )
        self.hits = self.cache.labels("hit")
        self._known: dict[tuple[str, int, str], tuple[Counter, Histogram, Counter]] = {}
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        for kind in _KINDS:
            self.over_budget.labels(kind)
        for result in ("hit", "miss"):
            self.cache.labels(result)

    def request(self, door: str, status: int, kind: str, *, seconds: float, sent: int) -> None:
        """Counts an answer."""
        answered, took, bytes_sent = self._of(door, status, kind)
        answered.inc()
        took.observe(seconds)
        bytes_sent.inc(sent)

    def hit(self, kind: str, cost: float, sent: int) -> None:
        """Counts an answer of the SPARQL door that was given without being made or timed."""
        answered, _, bytes_sent = self._of("sparql", 200, kind)
        answered.inc()
        bytes_sent.inc(sent)
        self.hits.inc()
        self.charged.labels(kind).inc(cost)

    def query(self, path: str, outcome: str, *, seconds: float, cpu: float, rows: int) -> None:
        """Counts a query; path: the way it took (kg.sparql.plan)."""
        outcome = _known(outcome, _OUTCOMES)
        self.queries.labels(_known(path, _PATHS), outcome).observe(seconds)
        self.cpu.inc(cpu)
        self.rows.inc(rows)

    def _of(self, door: str, status: int, kind: str) -> tuple[Counter, Histogram, Counter]:
        """The counters of one sort of answers; looked up once, since that costs more than counting."""
        found = self._known.get((door, status, kind))
        if found is None:
            names = _known(door, DOORS), str(status) if 100 <= status <= 599 else OTHER, _known(kind, _KINDS)
            made = self.requests.labels(*names), self.seconds.labels(names[0]), self.sent.labels(names[0])
            found = self._known[names[0], status if names[1] != OTHER else 0, names[2]] = made
        return found

    def watch(self, read: Callable[[], Iterable[Metric]]) -> None:
        """Adds figures that are read when somebody asks for them."""
        self.registry.register(_Read(read))


class _Read(Collector):
    """Figures read at the moment."""

    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        """The figures."""
        return self._read()

    def describe(self) -> Iterable[Metric]:
        """None, so that nothing is read before there is a library."""
        return ()


def _known(name: str, names: Iterable[str]) -> str:
    return name if name in names else OTHER
