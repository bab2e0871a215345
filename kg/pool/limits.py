"""What a stranger's question may cost. The limits are settings, and the service description tells them."""

import os
from dataclasses import dataclass
from typing import Self

from kg.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a pool.

    workers: places that anybody may take; reserve: further ones for askers that hold none; suspended: tasks
    that may stand still meanwhile, with all they hold in memory. queue: tasks that may wait; patience:
    seconds that one waits. seconds: a task's deadline. memory: bytes of address space of a worker;
    all_memory: bytes that all together may hold, 0 for half of the machine's. tasks: after so many a worker
    is replaced. rows: of a table, statements of a graph.
    """

    workers: int = 2
    reserve: int = 1
    suspended: int = 8
    queue: int = 64
    patience: float = 10
    seconds: float = 30
    memory: int = 4_000_000_000
    all_memory: int = 0
    tasks: int = 10_000
    rows: int = 100_000

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the settings ask for."""
        workers = settings.query_workers or max(2, os.cpu_count() or 1)
        return cls(
            workers=workers,
            reserve=max(1, workers // 2),
            suspended=4 * workers,
            queue=settings.query_queue,
            seconds=settings.query_seconds,
            memory=settings.query_memory,
            all_memory=settings.query_memory_all,
            rows=settings.max_results,
        )
