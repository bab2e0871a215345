"""What is read of a running server when somebody asks for its figures: its pool, its library, its budgets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from kg.folder import Folder
from kg.library import Library
from kg.pool.pool import Pool

ENDS = {
    "": "answered",
    "QueryTimeout": "deadline",
    "WorkerLost": "died",
    "QueryError": "left",
    "QuerySyntax": "syntax",
    "QueryRefused": "refused",
    "Overloaded": "overload",
}
"""How tasks of the pool end. Workers of those that end by the deadline, or are left, are killed."""


def watched(app: FastAPI) -> Iterator[Metric]:
    """The figures of *app* at this moment; none of its library before there is one."""
    held: Any = app.state
    yield _gauge("wenyuan_clients_remembered", "Clients that owe something.", len(held.meter.budgets))
    if hasattr(held, "library"):
        yield from _of_pool(held.pool)
        yield from _of_library(held.library, held.settings.data_dir)


def _of_pool(pool: Pool) -> Iterator[Metric]:
    now, limits = pool.state, pool.limits
    yield _gauge("wenyuan_pool_workers", "Worker processes alive.", now["workers"])
    yield _gauge("wenyuan_pool_places", "Queries that can run at once.", limits.workers + limits.reserve)
    yield _gauge("wenyuan_pool_busy", "Queries that run.", now["busy"])
    yield _gauge("wenyuan_pool_waiting", "Queries that wait for a place.", now["waiting"])
    begun = CounterMetricFamily("wenyuan_pool_begun", "Worker processes begun since the start.")
    begun.add_metric((), pool.begun)
    yield begun
    ends = CounterMetricFamily("wenyuan_pool_ends", "How tasks of the pool ended.", labels=("reason",))
    told = dict.fromkeys((*ENDS.values(), "error"), 0)
    for name, count in pool.ends.items():
        told[ENDS.get(name, "error")] += count
    for reason, count in told.items():
        ends.add_metric((reason,), count)
    yield ends


def _of_library(library: Library, folder: Path) -> Iterator[Metric]:
    counts = library.counts()
    yield _gauge("wenyuan_generation", "The number of the last change.", library.generation)
    yield _gauge("wenyuan_statements", "Statements in the library.", counts.statements)
    yield _gauge("wenyuan_graphs", "Graphs in the library.", counts.graphs)
    behind = library.generation - library.search.applied
    yield _gauge("wenyuan_index_behind", "Changes that the search index does not have yet.", behind)
    if not library.is_in_memory:
        size = sum(path.stat().st_size for path in Folder(folder).journal.rglob("*") if path.is_file())
        yield _gauge("wenyuan_journal_bytes", "Size of the journal on disk.", size)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=value)
